import { eventually } from '#kit/testing/eventually.ts'
import { address } from '../tests/e2e/stock-the-shop.ts'
import type { BenchShop } from './bench-shop.ts'
import type { MeasureOptions } from './measure.ts'
import { type Flow, measureWrites, type Settled } from './write-flow.ts'

/** Three lines from nothing to a paid, confirmed order with its parcel planned; then until every event has been handled. */
export const measure = (options: MeasureOptions) => measureWrites('whole checkout (3 lines)', options, (shop) => checkout(shop))

/** Whole checkouts of so many lines, of these SKUs in turn. */
export function checkout(
  shop: BenchShop,
  { name = 'whole checkout (3 lines)', lines = 3, skus = shop.skus }: CheckoutOptions = {},
): Flow {
  let next = 0
  return {
    name,
    ask: () => {
      next += lines
      const wanted = Array.from({ length: lines }, (_, line) => skus[(next + line) % skus.length]!)
      return { path: '/api/orders', good: 201, body: orderOf(wanted) }
    },
    settle: () => settled(shop),
  }
}

/** Waits until everything is done that requests have set off, their mails as well. */
export async function settled(shop: BenchShop): Promise<Settled> {
  const begun = performance.now()
  const since = () => Math.round(performance.now() - begun)
  await eventually(() => everythingHandled(shop), { timeoutMs: 90_000, everyMs: 25 })
  const lagMs = since()
  await eventually(() => everyMailSent(shop), { timeoutMs: 180_000, everyMs: 200 })
  return { lagMs, mailsMs: since(), note: `all events handled ${lagMs} ms after the last answer` }
}

/** One of each of these SKUs, paid at once. */
export const orderOf = (skus: readonly string[]) => ({
  items: skus.map((sku) => ({ sku, quantity: 1 })),
  email: 'ann@example.com',
  shippingAddress: address,
  paymentMethodId: 'tok_approve',
})

interface CheckoutOptions {
  readonly name?: string
  readonly lines?: number
  readonly skus?: readonly string[]
}

/** Throws while events of any service are under way. Asked of the tables: what the operations pages say is up to a second old. */
export async function everythingHandled({ admin }: BenchShop): Promise<void> {
  const tables = await admin.sql<{ schema: string; name: string }[]>`
    select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relname in ('outbox', 'cursors')`
  const all = (wanted: string, columns: string) =>
    tables
      .flatMap(({ schema, name }) => (name === wanted ? [`select ${columns} from "${schema}".${name}`] : []))
      .join(' union all ')
  const waiting = await admin.sql.unsafe(`select 1 from (${all('outbox', '1')}) o limit 1`)
  if (waiting.length > 0) throw new Error('events wait in an outbox')
  const behind = (await admin.sql.unsafe(`
    select c.consumer, c.topic, sum(h.next_offset - c.next_offset) as records
      from (${all('cursors', 'consumer, topic, partition, next_offset')}) c join bus.heads h using (topic, partition)
     where c.next_offset < h.next_offset
     group by 1, 2`)) as unknown as { consumer: string; topic: string; records: string }[]
  if (behind.length > 0) {
    const list = behind.map(({ consumer, topic, records }) => `${consumer} by ${records} of ${topic}`)
    if (process.env.BENCH_DEBUG) console.error(Math.round(performance.now()), list.join(', '))
    throw new Error(`groups are behind: ${list.join(', ')}`)
  }
}

async function everyMailSent({ admin }: BenchShop): Promise<void> {
  const [row] = await admin.sql<
    { waiting: bigint }[]
  >`select count(*) as waiting from notifications.messages where state = 'queued'`
  if (Number(row!.waiting) > 0) throw new Error(`${row!.waiting} mails wait`)
}
