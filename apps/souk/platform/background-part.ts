import { startBackground } from '#kit/service/background.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Settings } from '../settings.ts'
import type { OutboxDatabase } from './database.ts'
import { openPlatform, type Part, type Platform, type PlatformOptions } from './platform.ts'
import { poolSizes } from './pool-sizes.ts'

/** What works without being asked: relay or change data capture, consumers, jobs, recovery of flows. */
export async function startBackgroundPart(options: Omit<PlatformOptions, 'part' | 'poolSize'>): Promise<Part> {
  const { settings, log, urls, services } = options
  const platform = await openPlatform({
    ...options,
    part: 'background',
    poolSize: poolSizes(settings, services.length).background,
  })
  const [publishers, background] = await Promise.all([
    Promise.all(urls.outboxes.map((outbox) => startPublisher(platform, settings, outbox, log, urls.oneDatabase))),
    startBackground({ host: platform.host, bus: platform.bus, log }),
  ])
  return {
    platform,
    async stop() {
      await background.stop()
      await Promise.all(publishers.map((publisher) => publisher.stop()))
      await platform.close()
    },
  }
}

/** One for every database that has outboxes. Only the way that is configured is loaded. */
async function startPublisher(
  { bus, wakeUp }: Platform,
  settings: Settings,
  { name, url, schemas, slot }: OutboxDatabase,
  log: Logger,
  lateCommits: boolean,
): Promise<{ stop(): Promise<void> }> {
  if (settings.eventsStrategy === 'cdc') {
    const { startCdc } = await import('#kit/messaging/cdc.ts')
    return await startCdc({ name, url, schemas, bus, log, slot, publication: slot })
  }
  const { startRelay } = await import('#kit/messaging/relay.ts')
  return await startRelay({ name, url, schemas, bus, log, wakeUp, lateCommits })
}
