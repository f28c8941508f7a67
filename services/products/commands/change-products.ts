import Type, { type Static } from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { Tx } from '#kit/db/db.ts'
import { closed } from '#kit/messaging/event.ts'
import { attempt, Refusal } from '../attempt.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { changedBy } from '../price.ts'
import { loadProduct } from '../queries/load-product.ts'
import { Status, Tag } from '../shapes.ts'
import { refreshCards } from '../store.ts'
import { archiveProduct, updateProduct, writable, type Writer } from './save-product.ts'
import { writePrices } from './write-prices.ts'

const Categories = Type.Array(Uuid, { maxItems: 50, uniqueItems: true })
const Tags = Type.Array(Tag, { maxItems: 50, uniqueItems: true })

/** One change that many products get. What a product has already is no change. */
const ProductsChange = Type.Union([
  closed({ kind: Type.Literal('status'), status: Status }),
  closed({ kind: Type.Literal('categories'), add: Categories, remove: Categories }),
  closed({ kind: Type.Literal('tags'), add: Tags, remove: Tags }),
  closed({
    kind: Type.Literal('price'),
    basisPoints: Type.Integer({
      minimum: -9_900,
      maximum: 100_000,
      description: 'of every price in the channel’s own list: 1 % = 100, less: negative',
    }),
  }),
])
type ProductsChange = Static<typeof ProductsChange>

export const ManyProductsBody = closed({
  ids: Type.Array(Uuid, { minItems: 1, maxItems: 100, uniqueItems: true }),
  change: ProductsChange,
})

export const ManyProductsAnswer = closed({
  items: Type.Array(
    closed({
      id: Uuid,
      outcome: Type.Union([Type.Literal('changed'), Type.Literal('same'), Type.Literal('refused')]),
      refusal: Type.Optional(Refusal),
    }),
  ),
})

/** Changes each of the products by itself: what one of them is refused, the others get. Answers in the order asked. */
export async function changeProducts(
  deps: ProductsDeps,
  tx: Tx,
  writer: Writer,
  { ids, change }: Static<typeof ManyProductsBody>,
): Promise<Static<typeof ManyProductsAnswer>> {
  const outcomes = new Map<string, Static<typeof ManyProductsAnswer>['items'][number]>()
  // in one order, so that two of these never wait for each other
  for (const id of [...ids].sort()) {
    const tried = await attempt(tx, (inner) => changeOne(deps, inner, writer, id, change))
    outcomes.set(
      id,
      'done' in tried ? { id, outcome: tried.done ? 'changed' : 'same' } : { id, outcome: 'refused', refusal: tried.refused },
    )
  }
  return { items: ids.map((id) => outcomes.get(id)!) }
}

/** True: something is different now. */
async function changeOne(deps: ProductsDeps, tx: Tx, writer: Writer, id: string, change: ProductsChange): Promise<boolean> {
  if (change.kind === 'price') return await changePrices(deps, tx, writer, id, change.basisPoints)
  const stored = await loadProduct(tx, id, { lock: true })
  if (!stored) throw errors.notFound()
  if (change.kind === 'status' && change.status === 'ARCHIVED') {
    await archiveProduct(deps, tx, writer.principal, id, undefined)
    return stored.product.status !== 'ARCHIVED'
  }
  const saved = await updateProduct(deps, tx, writer, id, patchOf(change, stored.product), {
    replace: false,
    expected: undefined,
  })
  return saved.version !== stored.version
}

function patchOf(
  change: Exclude<ProductsChange, { kind: 'price' }>,
  { categoryIds, tags }: { readonly categoryIds: readonly string[]; readonly tags: readonly string[] },
) {
  switch (change.kind) {
    case 'status':
      return { status: change.status as 'DRAFT' | 'ACTIVE' }
    case 'categories':
      return { categoryIds: edited(categoryIds, change) }
    case 'tags':
      return { tags: edited(tags, change) }
  }
}

const edited = (before: readonly string[], { add, remove }: { add: readonly string[]; remove: readonly string[] }): string[] => [
  ...new Set([...before.filter((one) => !remove.includes(one)), ...add]),
]

/** Every price of the product in the channel's own list, quantity breaks too. */
async function changePrices(deps: ProductsDeps, tx: Tx, writer: Writer, id: string, basisPoints: number): Promise<boolean> {
  await writable(tx, writer.principal, id, undefined)
  const prices = await tx<{ list: string; variant_id: string; sku: string; min_quantity: number; amount: bigint }[]>`
    select p.price_list_id as list, p.variant_id, v.sku, p.min_quantity, p.amount
      from channels ch join prices p on p.price_list_id = ch.base_price_list join variants v on v.id = p.variant_id
     where ch.key = ${writer.channel} and v.product_id = ${id} and not v.retired`
  const [first] = prices
  if (!first) throw errors.noPrice()
  const entries = prices.map(({ variant_id, sku, min_quantity, amount }) => {
    const after = changedBy(amount, basisPoints)
    // a slip of the pen must not give goods away
    if (after === 0n && amount > 0n) throw errors.invalidPrice({ sku })
    return { variantId: variant_id, minQuantity: min_quantity, amount: toJsonAmount(after) }
  })
  const { events, changed } = await writePrices(tx, first.list, entries)
  if (changed === 0) return false
  await refreshCards(tx, [id])
  await deps.kit.outbox.append(tx, events)
  return true
}
