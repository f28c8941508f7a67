import type { Query } from '#kit/db/db.ts'
import type { Signal } from './model/train.ts'
import type { SignalKind } from './model/parameters.ts'

const DAY_MS = 86_400_000
/** Rows of one statement: none takes long, whatever the number of purchases. */
const PAGE = 20_000
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * What a model is made of: purchases of the last so many days on which something was bought (null: all), and what people opened and put into carts. People
 * who do not want to be remembered are nobody.
 */
export async function readSignals(db: Query, days: number | null): Promise<Signal[]> {
  const [since] = await db<{ day: Date | null }[]>`
    select min(d.day) as day from (select distinct date_trunc('day', p.at) as day from purchases p order by 1 desc limit ${days}) d`
  const signals: Signal[] = []
  let after: readonly [order: string, product: string] = [FIRST, FIRST]
  for (let more = true; more; ) {
    const rows = await db<{ product: string; person: string | null; order: string; at: number }[]>`
      select p.product_id as product, case when o.person_id is null then p.customer_id end as person, p.order_id as order,
             extract(epoch from p.at)::float8 / 86400 as at
        from (select * from purchases n where (n.order_id, n.product_id) > (${after[0]}::uuid, ${after[1]}::uuid) order by n.order_id, n.product_id limit ${PAGE}) p
        left join opted_out o on o.person_id = p.customer_id
       order by p.order_id, p.product_id`
    for (const row of rows) if (row.at * DAY_MS >= (since?.day?.getTime() ?? 0)) signals.push({ kind: 'purchase', ...row })
    const last = rows.at(-1)
    if (last) after = [last.order, last.product]
    more = rows.length === PAGE
  }
  return [...signals, ...(await readTouches(db))]
}

async function readTouches(db: Query): Promise<Signal[]> {
  const signals: Signal[] = []
  let after: readonly [person: string, kind: string, product: string] = [FIRST, '', FIRST]
  for (let more = true; more; ) {
    const rows = await db<{ kind: SignalKind; product: string; person: string; at: number }[]>`
      select t.kind, t.product_id as product, t.person_id as person, extract(epoch from t.at)::float8 / 86400 as at from touches t
       where (t.person_id, t.kind, t.product_id) > (${after[0]}::uuid, ${after[1]}::text, ${after[2]}::uuid)
       order by t.person_id, t.kind, t.product_id limit ${PAGE}`
    for (const row of rows) signals.push({ ...row, order: null })
    const last = rows.at(-1)
    if (last) after = [last.person, last.kind, last.product]
    more = rows.length === PAGE
  }
  return signals
}

/** Longer pauses in which nothing was bought count as this many days. */
const LONGEST_PAUSE = 30

/**
 * The same signals with long pauses cut short: history that was imported from another year fades as if the shop had gone on selling, or nothing would be left
 * of it after the first order of today.
 */
export function closeGaps(signals: readonly Signal[]): Signal[] {
  const days = [...new Set(signals.map(({ at }) => Math.floor(at)))].sort((a, b) => a - b)
  const shifts = new Map<number, number>()
  let shift = 0
  for (const [index, day] of days.entries()) {
    shift += Math.max(0, day - (days[index - 1] ?? day) - LONGEST_PAUSE)
    shifts.set(day, shift)
  }
  return signals.map((signal) => ({ ...signal, at: signal.at - shifts.get(Math.floor(signal.at))! }))
}
