import { setTimeout as delay } from 'node:timers/promises'
import type { Db } from '#kit/db/db.ts'
import type { Sql } from '#kit/db/db.ts'
import type { Outbox } from '../bus.ts'
import { Sold } from './shop.ts'

export interface WriterOptions {
  readonly writers: number
  readonly sales: number
  /** transactions to commit or roll back, over all writers */
  readonly transactions: number
  readonly rollbackShare: number
  /** more transactions until this is true: how fast the writers are must not decide what else happens meanwhile */
  readonly until?: () => boolean
}

/** However slow everything else is: there is an end. */
const MOST_TRANSACTIONS = 30_000

/**
 * A busy shop: writers with transactions of random length on a few hot sales, some of them rolled back. What was committed is
 * in `effects` of the same schema. Returns how many rolled back.
 */
export async function writeSales(db: Db, outbox: Outbox, options: WriterOptions): Promise<number> {
  let left = options.transactions
  let rolledBack = 0
  const { until = () => true } = options
  const writer = async (): Promise<void> => {
    while (left > 0 || (!until() && left > options.transactions - MOST_TRANSACTIONS)) {
      left -= 1
      const event = Sold({ saleId: `sale-${Math.floor(Math.random() * options.sales)}`, n: left })
      const back = Math.random() < options.rollbackShare
      try {
        await db.tx(async (tx) => {
          await outbox.append(tx, [event])
          await tx`insert into effects (event_id, sale, n, sequence) values (${event.id}, ${event.data.saleId}, ${event.data.n}, 0)`
          await delay(Math.random() < 0.1 ? 20 : Math.random() * 4)
          if (back) throw new Error('changed my mind')
        })
        outbox.wake()
      } catch (error) {
        if (!back) throw error
        rolledBack += 1
      }
    }
  }
  await Promise.all(Array.from({ length: options.writers }, writer))
  return rolledBack
}

export interface LogVerdict {
  readonly lost: number
  readonly phantom: number
  readonly doubled: number
  readonly outOfOrder: number
  readonly gaps: number
}

export const flawless: LogVerdict = { lost: 0, phantom: 0, doubled: 0, outOfOrder: 0, gaps: 0 }

/** Compares what was committed in `schema` with the log. `lost` is worth asking for only when publishing has come to rest. */
export async function judgeLog(committed: Sql, log: Sql, schema: string): Promise<LogVerdict> {
  const truth = new Set(
    (await committed.unsafe<{ event_id: string }[]>(`select event_id from ${schema}.effects`)).map((row) => row.event_id),
  )
  const records = await log<{ event_id: string; key: string; partition: number; offset: bigint; sequence: string }[]>`
    select event_id, key, partition, "offset", value::jsonb ->> 'sequence' as sequence from bus.log order by topic, partition, "offset"`
  const seen = new Set<string>()
  const last = new Map<string, bigint>()
  const next = new Map<number, bigint>()
  const verdict = { ...flawless, lost: 0, phantom: 0, doubled: 0, outOfOrder: 0, gaps: 0 }
  for (const record of records) {
    if (record.offset !== (next.get(record.partition) ?? 0n)) verdict.gaps += 1
    next.set(record.partition, record.offset + 1n)
    if (seen.has(record.event_id)) verdict.doubled += 1
    if (!truth.has(record.event_id)) verdict.phantom += 1
    seen.add(record.event_id)
    if (BigInt(record.sequence) <= (last.get(record.key) ?? 0n)) verdict.outOfOrder += 1
    last.set(record.key, BigInt(record.sequence))
  }
  verdict.lost = [...truth].filter((id) => !seen.has(id)).length
  return verdict
}
