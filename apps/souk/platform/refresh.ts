import { ConfigRefreshed } from '#contracts/events/config.ts'
import type { LogBus } from '#kit/messaging/log-bus.ts'
import type { LivePeers } from '#kit/discovery/live-peers.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Service } from '#kit/service/service.ts'
import type { LiveSettings } from '../live-settings.ts'
import type { Settings } from '../settings.ts'
import { namedPeers } from './peers.ts'

/** A process that missed the event hears of a change this much later. */
const LOOK_MS = 60_000

export interface Refresher {
  /** Reads the configuration again and takes over what may change while we run: names of the settings that did. */
  refresh(): Promise<readonly string[]>
  close(): Promise<void>
}

export interface RefresherOptions {
  readonly live: LiveSettings
  /** undefined: there is no configuration server */
  readonly reread: (() => Promise<Settings>) | undefined
  readonly bus: LogBus
  readonly peers: LivePeers | undefined
  readonly services: readonly Service[]
  readonly log: Logger
}

/** Follows the configuration server: by the event that something changed, by looking now and then, and when somebody asks. */
export async function openRefresher({ live, reread, bus, peers, services, log }: RefresherOptions): Promise<Refresher> {
  if (!reread || live.settings.configUrls.length === 0) return { refresh: async () => [], close: async () => undefined }
  let running: Promise<readonly string[]> | undefined
  let again: Promise<readonly string[]> | undefined
  let warned = ''

  async function work(): Promise<readonly string[]> {
    const { changed, waiting } = live.apply(await reread!())
    if (changed.includes('SOUK_PEERS')) peers?.name(namedPeers(services, live.settings))
    if (changed.includes('LOG_LEVEL')) log.setLevel?.(live.settings.logLevel)
    if (changed.length > 0) log.info({ changed }, 'settings changed')
    // once, not with every look
    if (waiting.length > 0 && waiting.join() !== warned)
      log.warn({ waiting }, 'settings changed that only a new start takes over')
    warned = waiting.join()
    return changed
  }
  /** Who asks while one is under way waits for the next: the one under way may have read too early. */
  function refresh(): Promise<readonly string[]> {
    if (!running) {
      running = work().finally(() => {
        running = undefined
      })
      return running
    }
    again ??= running
      .catch(() => [])
      .then(() => {
        again = undefined
        return refresh()
      })
    return again
  }
  const quietly = () => {
    refresh().catch((error: unknown) =>
      log.warn({ err: error }, 'the configuration could not be read again; the settings stay as they are'),
    )
  }
  const subscription = await bus.broadcast([ConfigRefreshed.topic], (records) => {
    if (records.some(({ type }) => type === ConfigRefreshed.type)) quietly()
  })
  const look = setInterval(quietly, LOOK_MS).unref()
  return {
    refresh,
    async close() {
      clearInterval(look)
      await subscription.stop()
    },
  }
}
