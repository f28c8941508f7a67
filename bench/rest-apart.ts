import { eventually } from '#kit/testing/eventually.ts'
import { openDb } from '#kit/db/open.ts'
import { openBus } from '#kit/messaging/open-bus.ts'
import { silentLogger } from '#kit/service/logger.ts'
import type { BenchShop } from './bench-shop.ts'

interface Cursor {
  readonly consumer: string
  readonly topic: string
  readonly partition: number
  readonly next: bigint
}

/** Sees whether a shop is done with what it was asked, wherever its databases and its log are. */
export interface Rest {
  /** Milliseconds until every event has been relayed and handled; then it waits for the mails too. */
  reached(): Promise<number>
  close(): Promise<void>
}

/** Asks the tables and the log themselves: what the operations pages say is up to a second old. */
export async function watchRest(shop: Pick<BenchShop, 'databaseUrls' | 'admin' | 'layout'>): Promise<Rest> {
  const databases = shop.databaseUrls.map((url) =>
    openDb({ url, schema: 'public', applicationName: 'bench rest', max: 1, timeouts: { statement: 60_000 } }),
  )
  const own = shop.layout?.environment['BUS_URL']
  const bus = own === undefined ? undefined : await openBus({ url: own, log: silentLogger, name: 'bench rest' })
  const parts = await Promise.all(
    databases.map(async ({ sql }) => {
      const tables = await sql<{ schema: string; name: string }[]>`
        select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and c.relname in ('outbox', 'cursors', 'messages') and n.nspname <> 'bus'`
      const of = (wanted: string, columns: string, where = '') =>
        tables
          .filter(({ name }) => name === wanted)
          .map(({ schema }) => `select ${columns} from "${schema}".${wanted} ${where}`)
          .join(' union all ')
      const mails = tables.find(({ schema, name }) => schema === 'notifications' && name === 'messages')
      return {
        sql,
        outboxes: of('outbox', 'tableoid::regclass::text as name'),
        cursors: of('cursors', 'consumer, topic, partition, next_offset as next'),
        mails,
      }
    }),
  )

  const heads = async (topics: readonly string[]) =>
    bus
      ? await bus.heads(topics)
      : await shop.admin.sql<{ topic: string; partition: number; next: bigint }[]>`
          select topic, partition, next_offset as next from bus.heads`

  async function handled(): Promise<void> {
    const cursors: Cursor[] = []
    for (const part of parts) {
      if (part.outboxes === '') continue
      const waiting = await part.sql.unsafe<{ name: string; events: number }[]>(
        `select name, count(*)::int as events from (${part.outboxes}) o group by name`,
      )
      if (waiting.length > 0) throw new Error(`events wait: ${waiting.map(({ name, events }) => `${events} in ${name}`).join()}`)
      cursors.push(...((await part.sql.unsafe(part.cursors)) as unknown as Cursor[]))
    }
    const ends = new Map(
      (await heads([...new Set(cursors.map(({ topic }) => topic))])).map((head) => [
        `${head.topic} ${head.partition}`,
        head.next,
      ]),
    )
    const behind = cursors.filter(({ topic, partition, next }) => BigInt(next) < BigInt(ends.get(`${topic} ${partition}`) ?? 0))
    if (behind.length > 0)
      throw new Error(`groups are behind: ${behind.map(({ consumer, topic }) => `${consumer} of ${topic}`).join()}`)
  }

  async function mailed(): Promise<void> {
    for (const { sql, mails } of parts) {
      if (!mails) continue
      const waiting = await sql`select 1 from notifications.messages where state = 'queued' limit 1`
      if (waiting.length > 0) throw new Error('mails wait')
    }
  }

  return {
    async reached() {
      const begun = performance.now()
      await eventually(handled, { timeoutMs: 180_000, everyMs: 250 })
      const lagMs = Math.round(performance.now() - begun)
      await eventually(mailed, { timeoutMs: 180_000, everyMs: 200 })
      return lagMs
    },
    async close() {
      await bus?.close()
      for (const database of databases) await database.close()
    },
  }
}
