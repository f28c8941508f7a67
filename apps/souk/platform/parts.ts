import type { FastifyInstance } from 'fastify'
import { startCdc } from '#kit/messaging/cdc.ts'
import { startRelay } from '#kit/messaging/relay.ts'
import { startBackground } from '#kit/service/background.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Settings } from '../settings.ts'
import { openHttp } from './http.ts'
import { openPlatform, type Platform, type PlatformOptions } from './platform.ts'

/** A running part of the installation. */
export interface Part {
  readonly platform: Platform
  readonly app?: FastifyInstance
  /** Finishes what is in flight, then lets everything go. */
  stop(): Promise<void>
}

type Options = Omit<PlatformOptions, 'part' | 'poolSize'>

/** What serves requests. Listens when this returns. */
export async function startHttpPart(
  options: Options,
  version: string,
  listen: { host: string; port: number } | undefined,
): Promise<Part & { app: FastifyInstance }> {
  const platform = openPlatform({ ...options, part: 'http', poolSize: poolSizes(options.settings, options.services.length).http })
  const http = await openHttp(platform, options.settings, options.log, version)
  if (listen) await http.app.listen(listen)
  return {
    platform,
    app: http.app,
    async stop() {
      await http.close()
      await platform.close()
    },
  }
}

/** What works without being asked: relay or change data capture, consumers, jobs, recovery of flows. */
export async function startBackgroundPart(options: Options): Promise<Part> {
  const { settings, log, urls, services } = options
  const platform = openPlatform({ ...options, part: 'background', poolSize: poolSizes(settings, services.length).background })
  const publisher = await startPublisher(
    platform,
    settings,
    urls.relay,
    services.map(({ name }) => name),
    log,
  )
  const background = await startBackground({ host: platform.host, bus: platform.bus, log })
  return {
    platform,
    async stop() {
      await background.stop()
      await publisher.stop()
      await platform.close()
    },
  }
}

async function startPublisher(
  platform: Platform,
  settings: Settings,
  url: string,
  schemas: readonly string[],
  log: Logger,
): Promise<{ stop(): Promise<void> }> {
  const { bus, wakeUp } = platform
  if (settings.eventsStrategy === 'cdc') return await startCdc({ url, schemas, bus, log })
  return await startRelay({ url, schemas, bus, log, wakeUp })
}

/**
 * One budget for all: the background process gets a third of the connections, the HTTP processes share the rest. A service needs at
 * least two (one for a transaction, one beside it).
 */
function poolSizes(settings: Settings, services: number): { http: number; background: number } {
  const perService = settings.databaseConnections / Math.max(1, services)
  return {
    http: Math.max(2, Math.floor((perService * 2) / 3 / settings.httpWorkers)),
    background: Math.max(2, Math.floor(perService / 3)),
  }
}
