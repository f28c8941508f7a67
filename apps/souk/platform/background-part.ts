import { startBackground } from '#kit/service/background.ts'
import { startTogether } from '#kit/service/start-together.ts'
import type { Metrics } from '#kit/http/metrics.ts'
import type { Relay } from '#kit/messaging/relay.ts'
import type { Logger } from '#kit/service/logger.ts'
import { createTallies } from '../operations/background-tallies.ts'
import type { Settings } from '../settings.ts'
import type { OutboxDatabase } from './database-plan.ts'
import { openPlatform, type Part, type Platform, type PlatformOptions } from './platform.ts'
import { poolSizes } from './pool-sizes.ts'
import type { Families } from './process-metrics.ts'
import { watchRules } from './rule-watch.ts'

type Options = Omit<PlatformOptions, 'part' | 'poolSize'>

/** What works without being asked, in a process of its own. */
export async function startBackgroundPart(options: Options): Promise<Part> {
  const { settings, services } = options
  const poolSize = poolSizes(settings, services).background
  const platform = await openPlatform({ ...options, part: 'background', poolSize })
  const work = await startWork(platform, options)
  return {
    platform,
    tell: async (question) => (question.of === 'metrics' ? await work.measured() : options.recent?.find(question.filter)),
    async stop() {
      await work.stop()
      await platform.close()
    },
  }
}

export interface Work {
  /** what it measured */
  measured(): Promise<Families>
  stop(): Promise<void>
}

/** Relay or change data capture, consumers, jobs, recovery of flows: for the services of an open platform, which stays open. */
export async function startWork(
  platform: Platform,
  { settings, log, urls }: Pick<Options, 'settings' | 'log' | 'urls'>,
): Promise<Work> {
  const tallies = createTallies()
  const stopping = new AbortController()
  const rules = watchRules(platform.host.services, urls.services, settings.rulesEverySeconds)
  const rowSources = settings.rowChanges === 'on' ? urls.outboxes.filter(({ rows }) => rows.length > 0) : []
  const starting = {
    publishers: urls.outboxes.map((outbox) => startPublisher(platform, settings, outbox, log, urls.oneDatabase)),
    rowReaders: rowSources.map((outbox) => startRows(platform, settings, outbox, log)),
    background: startBackground({ host: platform.host, bus: platform.bus, log, metrics: tallies.of }),
  }
  await startTogether([...starting.publishers, ...starting.rowReaders, starting.background])
  const publishers = await Promise.all(starting.publishers)
  const rowReaders = await Promise.all(starting.rowReaders)
  const background = await starting.background
  let metrics: Metrics | undefined
  const watching = settings.rulesEverySeconds > 0 ? rules.run(stopping.signal) : undefined
  return {
    async measured() {
      // loaded with the first question: a shop that nobody measures does without
      const { backgroundMetrics } = await import('../operations/background-metrics.ts')
      metrics ??= backgroundMetrics({ tallies, relays: publishers, rules, platform })
      return (await metrics.registry.getMetricsAsJSON()) as Families
    },
    async stop() {
      stopping.abort()
      await Promise.all([background.stop(), watching])
      await Promise.all([...publishers, ...rowReaders].map((publisher) => publisher.stop()))
    },
  }
}

/** Changes of rows, from the same write-ahead log by a slot of their own. */
async function startRows(
  { bus }: Platform,
  settings: Settings,
  { url, rows }: OutboxDatabase,
  log: Logger,
): Promise<{ stop(): Promise<void> }> {
  const { startRowCdc } = await import('#kit/messaging/rows/row-cdc.ts')
  return await startRowCdc({
    url,
    tables: rows,
    bus,
    log,
    publication: settings.rowChangesPublication,
    slot: settings.rowChangesSlot,
    name: rows[0]!.schema,
    alarmBytes: settings.rowChangesAlarmMb * 2 ** 20,
  })
}

/** One for every database that has outboxes. Only the way that is configured is loaded. */
async function startPublisher(
  { bus, wakeUp }: Platform,
  settings: Settings,
  { name, url, schemas, slot }: OutboxDatabase,
  log: Logger,
  lateCommits: boolean,
): Promise<Pick<Relay, 'stats' | 'stop'> & { readonly name: string }> {
  if (settings.eventsStrategy === 'cdc') {
    const { startCdc } = await import('#kit/messaging/cdc.ts')
    return { name, ...(await startCdc({ name, url, schemas, bus, log, slot, publication: slot })) }
  }
  const { startRelay } = await import('#kit/messaging/relay.ts')
  const relay = await startRelay({ name, url, schemas, bus, log, wakeUp: wakeUp(schemas[0] as string), lateCommits })
  return { name, ...relay }
}
