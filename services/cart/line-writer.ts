import type { Query } from '#kit/db/db.ts'
import { grouped } from '#kit/db/grouped.ts'

/** One call of `put_line`, as its JSON parameter. */
export interface LineWrite {
  readonly user: string | null
  /** sha-256 of a guest's secret, hex */
  readonly secret: string | null
  readonly channel: string
  readonly locale: string
  /** id and secret (sha-256, hex) of the cart if it has to be made; null: do not make one */
  readonly newId: string | null
  readonly newSecret: string | null
  readonly sku: string
  readonly product: string
  readonly units: number
  readonly mode: 'add' | 'set' | 'change'
  readonly available: number | null
  readonly expected: number | null
  /** encoded outbox event */
  readonly event: string
}

export interface LineWritten {
  outcome: 'done' | 'same' | 'no-cart' | 'no-line' | 'version-conflict' | 'quantity' | 'too-many-lines' | 'out-of-stock'
  cart_id: string
  version: number
  quantity: number
}

export type LineWriter = (write: LineWrite) => Promise<LineWritten>

/** Writes lines of many carts in one statement, one answer each. Lines of one cart are written in the order of the list. */
export async function writeLines(sql: Query, writes: readonly LineWrite[]): Promise<LineWritten[]> {
  // Carts are locked in the order of their owners, so that two groups with the same carts wait for each other in turn.
  const owner = (write: LineWrite) => write.user ?? write.secret ?? write.newSecret ?? ''
  const order = writes.map((_, index) => index).sort((a, b) => compare(owner(writes[a]!), owner(writes[b]!)) || a - b)
  const rows = await sql<LineWritten[]>`
    select p.outcome, p.cart_id, p.version, p.quantity
      from jsonb_array_elements(${JSON.stringify(order.map((index) => writes[index]))}::text::jsonb) with ordinality t(value, n),
           jsonb_to_record(t.value) as w("user" uuid, secret text, channel text, locale text, "newId" uuid, "newSecret" text, sku text,
             product uuid, units integer, mode text, available integer, expected integer, event text),
           put_line(w."user", decode(w.secret, 'hex'), w.channel, w.locale, w."newId", decode(w."newSecret", 'hex'), w.sku, w.product,
             w.units, w.mode, w.available, w.expected, w.event::jsonb) p
     order by t.n`
  const answers = new Array<LineWritten>(writes.length)
  for (const [place, index] of order.entries()) answers[index] = rows[place]!
  return answers
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Concurrent callers share statements and commits; each line still succeeds or is refused on its own. */
export function lineWriter(sql: Query): LineWriter {
  return grouped({ maxSize: 64, maxInFlight: 2 }, (writes: readonly LineWrite[]) => writeLines(sql, writes))
}

/** In the caller's transaction. */
export function lineWriterIn(tx: Query): LineWriter {
  return async (write) => (await writeLines(tx, [write]))[0]!
}
