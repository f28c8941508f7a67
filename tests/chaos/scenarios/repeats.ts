import { setTimeout as delay } from 'node:timers/promises'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Sql } from '#kit/db/db.ts'
import type { OutgoingRecord } from '#kit/messaging/bus.ts'
import { appendToLog, createTopicTable, type TopicTable } from '#kit/messaging/log-writer.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { openChaosShop } from '../chaos-shop.ts'
import { openRush } from '../runs.ts'
import { type Scenario, wrongs } from '../scenario.ts'

const POISONED = 'OrderConfirmed.v1'

/** Old records once more, up to three times, out of their order: what a bus that promises “at least once” may do. */
async function repeatSome(sql: Sql, topics: TopicTable): Promise<number> {
  const records = await sql<OutgoingRecord[]>`
    select topic, key, event_id as "eventId", type, value from bus.log
     where topic in ('order.events', 'payment.events', 'delivery.events') and value like '{%' order by random() limit 30`
  const again = records.flatMap((record) => Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () => record))
  await appendToLog(sql, topics, again)
  return again.length
}

/** Events nobody can read, each of a key of its own. */
async function poisonSome(sql: Sql, topics: TopicTable, count: number): Promise<string[]> {
  const records = Array.from({ length: count }, (_, index): OutgoingRecord => {
    const key = uuidv7()
    const value = index % 2 === 0 ? 'not even JSON' : `[${JSON.stringify({ type: POISONED, data: { orderId: 7 } })}]`
    return { topic: 'order.events', key, eventId: uuidv7(), type: POISONED, value }
  })
  await appendToLog(sql, topics, records)
  return records.map(({ key }) => key)
}

type Ends = readonly { readonly partition: number; readonly next: bigint }[]

const endsOf = async (sql: Sql): Promise<Ends> =>
  await sql<{ partition: number; next: bigint }[]>`
  select partition, next_offset as next from bus.heads where topic = 'order.events'`

/** Whether a service that reads these events has not come as far as `ends`. */
async function isBehind(sql: Sql, schema: string, ends: Ends): Promise<boolean> {
  const cursors = await sql.unsafe<{ partition: number; at: bigint }[]>(
    `select partition, next_offset as at from ${schema}.cursors where topic = 'order.events'`,
  )
  return cursors.some(({ partition, at }) => at < (ends.find((end) => end.partition === partition)?.next ?? 0n))
}

/** F5, F9: repetitions have no effect, poisoned events end in the dead letters and stop nobody else. */
export const scenario: Scenario = {
  summary: 'events repeated, late and out of order, and events that nobody can read, while people buy',
  trials: 80,
  shortTrials: 6,
  async *run(options) {
    const shop = await openChaosShop()
    const { sql } = shop.admin
    try {
      const rush = await openRush(shop, options)
      const topics = createTopicTable()
      const poisoned: string[] = []
      let repeated = 0
      for (let round = 0; round < options.trials; round += 1) {
        await delay(options.random.between(100, 500))
        repeated += await repeatSome(sql, topics)
        poisoned.push(...(await poisonSome(sql, topics, 2)))
        if (options.random.chance(0.1)) await shop.killBackground()
      }
      const ends = await endsOf(sql)
      const readers = await sql<{ schema: string }[]>`
        select table_schema as schema from information_schema.tables where table_name = 'parked' and table_schema <> 'bus'`
      const parkedIn = async (schema: string) =>
        (await sql.unsafe<{ key: string; state: string }[]>(`select key, state from ${schema}.parked`)).map((row) => ({
          ...row,
          schema,
        }))
      const all = async () => (await Promise.all(readers.map(({ schema }) => parkedIn(schema)))).flat()
      let parked = await all()
      await eventually(
        async () => {
          // a service that has not come so far yet would park them later
          for (const { schema } of readers) if (await isBehind(sql, schema, ends)) throw new Error(`${schema} is behind`)
          parked = await all()
          const groups = Map.groupBy(parked, ({ schema }) => schema)
          if (groups.size === 0) throw new Error('nobody has met the poison yet')
          for (const [schema, rows] of groups)
            if (rows.length !== poisoned.length || rows.some(({ state }) => state !== 'dead'))
              throw new Error(`${schema}: ${rows.length} of ${poisoned.length}`)
        },
        { timeoutMs: 90_000, everyMs: 250 },
      ).catch((error: unknown) => options.note(String(error)))
      const known = new Set(poisoned)
      const innocent = parked.filter(({ key }) => !known.has(key))
      const groups = Map.groupBy(parked, ({ schema }) => schema)
      const short = [...groups].filter(([, rows]) => rows.filter(({ state }) => state === 'dead').length !== poisoned.length)
      const letters = await eventually(
        async () => {
          const [row] = await sql<
            { n: number }[]
          >`select count(distinct event_id)::int as n from bus.log where topic = 'order.events.dlq'`
          if (row!.n < parked.length) throw new Error(`${row!.n} letters`)
          return row!.n
        },
        { timeoutMs: 30_000, everyMs: 250 },
      ).catch(() => 0)
      const broken = [
        ...innocent.map(({ schema, key }) => `${schema} parked ${key}, which nobody poisoned`),
        ...short.map(([schema, rows]) => `${schema} has ${rows.length} of ${poisoned.length} poisoned events`),
        ...(letters === parked.length ? [] : [`${letters} dead letters for ${parked.length} parked events`]),
      ]
      yield {
        id: 'I10',
        fault: 'F9',
        trials: poisoned.length * groups.size,
        ...wrongs(broken),
        note: `${poisoned.length} poisoned events at ${groups.size} services: all dead letters, nobody else parked; ${repeated} repeated records`,
      }
      // Staff look at them and throw them away; then the shop is at rest.
      for (const { schema } of readers) await sql.unsafe(`delete from ${schema}.parked where key = any($1)`, [poisoned])
      yield* rush.judge('F5 F9', repeated + poisoned.length, { repeated: true })
    } finally {
      await shop.close()
    }
  },
}
