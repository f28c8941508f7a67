/** The background process of event-path.ts: publishes and consumes. */
import Type from 'typebox'
import { openDb } from '#kit/db/open.ts'
import { onMany } from '#kit/messaging/bus.ts'
import { startCdc } from '#kit/messaging/cdc.ts'
import { startConsumer } from '#kit/messaging/consumer.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'
import { openBus } from '#kit/messaging/open-bus.ts'
import { startRelay } from '#kit/messaging/relay.ts'
import { silentLogger } from '#kit/service/logger.ts'

export const Sold = defineEvent(
  'Sold.v1',
  'sale',
  'saleId',
  'Something was sold.',
  closed({ saleId: Type.String(), lines: Type.Array(Type.String()) }),
)
export const password = 'bench'

export const GROUPS = ['stock', 'mails', 'search', 'audit'] as const

export interface Setup {
  readonly url: string
  readonly groups: number
  readonly strategy: 'relay' | 'cdc'
  /** another engine than the log in PostgreSQL */
  readonly busUrl?: string | undefined
}

export const as = (url: string, role: string): string => {
  const changed = new URL(url)
  changed.username = role
  changed.password = password
  return changed.href
}

/** The background process: publishes and consumes, and remembers when each effect was committed. */
export async function background({ url, strategy, groups, busUrl = as(url, 'souk_bus') }: Setup): Promise<void> {
  const log = { ...silentLogger, warn: (fields: object, text: string) => console.error(text, fields), child: () => log }
  const bus = await openBus({ url: busUrl, archiveUrl: as(url, 'souk_bus'), log, name: 'bench bus' })
  const databases = GROUPS.slice(0, groups).map((schema) =>
    openDb({ url: as(url, `souk_${schema}`), schema, applicationName: `bench ${schema}`, max: 4, lateCommits: true }),
  )
  const publisher =
    strategy === 'relay'
      ? await startRelay({ url: as(url, 'souk_bus'), schemas: ['sales'], bus, log, lateCommits: true })
      : await startCdc({ url: as(url, 'souk_bus'), schemas: ['sales'], bus, log })
  let done: [string, number][] = []
  const consumers = await Promise.all(
    databases.map((db, index) => {
      let pending: string[] = []
      return startConsumer({
        group: GROUPS[index]!,
        bus,
        db,
        log,
        metrics: {
          handled() {
            if (index > 0) return
            const now = performance.timeOrigin + performance.now()
            for (const id of pending) done.push([id, now])
            pending = []
          },
        },
        reactions: [
          onMany(Sold, async (events, { tx }) => {
            const rows = events.map(({ id, data }) => ({ event_id: id, sale: data.saleId }))
            await tx`insert into effects (event_id, sale)
              select event_id, sale from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as e(event_id uuid, sale text)`
            if (index === 0) for (const { id } of events) pending.push(id)
          }),
        ],
      })
    }),
  )
  process.on('message', async (message: 'count' | 'take' | 'stop') => {
    if (message === 'count') process.send!({ count: done.length })
    if (message === 'take') {
      process.send!({ done })
      done = []
    }
    if (message === 'stop') {
      await Promise.all(consumers.map((consumer) => consumer.stop()))
      await publisher.stop()
      await bus.close()
      await Promise.all(databases.map((db) => db.close()))
      process.exit(0)
    }
  })
  process.send!({ ready: true })
}
