import type { Query } from '#kit/db/db.ts'
import { PARAMETERS, type SignalKind } from '../model/parameters.ts'
import { type Interest, interestsOf } from '../model/rank.ts'

const DAY_MS = 86_400_000
const MOST = 500

export interface Person {
  readonly interests: readonly Interest[]
  /** bought before, or in the cart */
  readonly without: ReadonlySet<string>
}

/** What is known of a person: interests by what was bought, carted and opened, the latest first. */
export async function personOf(db: Query, personId: string): Promise<Person> {
  const rows = await db<{ kind: SignalKind; product: string; at: Date }[]>`
    (select 'purchase' as kind, p.product_id as product, p.at from purchases p where p.customer_id = ${personId}
        and not exists (select 1 from opted_out o where o.person_id = ${personId}) order by p.at desc limit ${MOST})
    union all (select t.kind, t.product_id, t.at from touches t where t.person_id = ${personId} order by t.at desc limit ${MOST})`
  const [known] = await db<{ products: string[] }[]>`
    select coalesce(array_agg(k.product_id), '{}') as products from (
      select p.product_id from purchases p where p.customer_id = ${personId} union select c.product_id from cart_items c where c.customer_id = ${personId}) k`
  const history = rows.map(({ kind, product, at }) => ({ kind, product, at: at.getTime() / DAY_MS }))
  return { interests: interestsOf(history, Date.now() / DAY_MS, PARAMETERS), without: new Set(known!.products) }
}

/** Products somebody opened, the latest first. */
export async function lastViewed(db: Query, personId: string, limit: number): Promise<string[]> {
  const rows = await db<{ product_id: string }[]>`
    select t.product_id from touches t where t.person_id = ${personId} and t.kind = 'view' order by t.at desc, t.product_id limit ${limit}`
  return rows.map(({ product_id }) => product_id)
}

/** What a customer buys again and again: how often, and how lately. */
export async function buysAgain(db: Query, personId: string, limit: number): Promise<string[]> {
  const rows = await db<{ product_id: string }[]>`
    select p.product_id from purchases p where p.customer_id = ${personId}
     group by p.product_id
     order by sum(power(2::float8, -extract(epoch from now() - p.at)::float8 / 86400 / ${PARAMETERS.historyHalfLife})) desc, p.product_id limit ${limit}`
  return rows.map(({ product_id }) => product_id)
}

/** Everything kept of a person, for the person. */
export async function historyOf(db: Query, personId: string) {
  const [row] = await db<
    {
      opted_out: boolean
      views: Touched[]
      carts: Touched[]
      inCart: Touched[]
      purchases: Bought[]
      experiments: Took[]
      clicks: Clicked[]
    }[]
  >`
    select exists (select 1 from opted_out o where o.person_id = ${personId}) as opted_out,
      (select coalesce(jsonb_agg(jsonb_build_object('productId', t.product_id, 'at', t.at) order by t.at desc), '[]')
         from touches t where t.person_id = ${personId} and t.kind = 'view') as views,
      (select coalesce(jsonb_agg(jsonb_build_object('productId', t.product_id, 'at', t.at) order by t.at desc), '[]')
         from touches t where t.person_id = ${personId} and t.kind = 'cart') as carts,
      (select coalesce(jsonb_agg(jsonb_build_object('productId', c.product_id, 'at', c.at) order by c.at desc), '[]')
         from cart_items c where c.customer_id = ${personId}) as "inCart",
      (select coalesce(jsonb_agg(jsonb_build_object('orderId', p.order_id, 'productId', p.product_id, 'quantity', p.quantity, 'at', p.at) order by p.at desc), '[]')
         from purchases p where p.customer_id = ${personId}) as purchases,
      (select coalesce(jsonb_agg(jsonb_build_object('experiment', e.key, 'variant', x.variant, 'at', x.exposed_at) order by x.exposed_at desc), '[]')
         from exposures x join experiments e on e.id = x.experiment_id where x.subject_id = ${personId}) as experiments,
      (select coalesce(jsonb_agg(jsonb_build_object('placement', c.placement, 'productId', c.product_id, 'at', c.at) order by c.at desc), '[]')
         from clicks c where c.person_id = ${personId}) as clicks`
  const { opted_out, ...rest } = row!
  return { remembered: !opted_out, ...rest }
}

interface Touched {
  productId: string
  at: string
}
interface Bought extends Touched {
  orderId: string
  quantity: number
}
interface Took {
  experiment: string
  variant: string
  at: string
}
interface Clicked extends Touched {
  placement: string
}
