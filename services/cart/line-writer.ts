import type { Db, Query } from '#kit/db/db.ts'
import { grouped } from '#kit/db/grouped.ts'
import type { Claim, OnceKey } from '#kit/http/once.ts'

/** One line for `put_lines`: the fields of its type `line_put`. */
export interface LineWrite {
  readonly user: string | null
  /** sha-256 of a guest's secret, as bytea */
  readonly secret: string | null
  readonly channel: string
  readonly locale: string
  /** id and secret (sha-256, as bytea) of the cart if it has to be made; null: do not make one */
  readonly new_id: string | null
  readonly new_secret: string | null
  readonly sku: string
  readonly product: string
  readonly units: number
  readonly mode: 'add' | 'set' | 'change'
  readonly available: number | null
  readonly expected: number | null
  /** encoded outbox event, with `mark` as the cart's id and -1 as the quantity */
  readonly event: string
  readonly mark: string
  /** secret of a guest's new cart */
  readonly token: string | null
  readonly once: OnceKey | null
}

export interface LineWritten {
  readonly outcome:
    | 'done'
    | 'same'
    | 'no-cart'
    | 'no-line'
    | 'version-conflict'
    | 'quantity'
    | 'too-many-lines'
    | 'out-of-stock'
    | null
  readonly cart_id: string
  readonly version: number
  readonly quantity: number
  /** `free` also without a key */
  readonly claim: Claim
  /** of an earlier answer under the same key: its language, and what it said */
  readonly told_in: string | null
  readonly kept: LineChanged | null
}

export interface LineChanged {
  cartId: string
  version: number
  sku: string
  /** units of the SKU now in the cart */
  quantity: number
  /** secret of a guest's new cart; shown once */
  token: string | null
}

export type LineWriter = (write: LineWrite) => Promise<LineWritten>

const ownerOf = (write: LineWrite): string => write.user ?? write.secret ?? write.new_secret ?? ''

/** Writes lines of many carts in one statement, one answer each. No cart and no key may be there twice. */
export async function writeLines(sql: Query, writes: readonly LineWrite[]): Promise<LineWritten[]> {
  // Carts are locked in the order of their owners, so that two groups with the same carts wait for each other in turn.
  const order = writes.map((_, index) => index).sort((a, b) => compare(ownerOf(writes[a]!), ownerOf(writes[b]!)))
  const rows = await sql<
    LineWritten[]
  >`select * from put_lines(${JSON.stringify(order.map((index) => writes[index]))}::text::json)`
  const answers = new Array<LineWritten>(writes.length)
  for (const [place, index] of order.entries()) answers[index] = rows[place]!
  return answers
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Concurrent callers share statements and commits; each line still succeeds or is refused on its own, together with its event and its
 * Idempotency-Key. Lines of one cart are written one after the other, in the order in which they came.
 */
export function lineWriter(db: Pick<Db, 'sql'>): LineWriter {
  return grouped({ maxSize: 64, maxInFlight: 2, apart: ownerOf }, (writes: readonly LineWrite[]) => writeLines(db.sql, writes))
}
