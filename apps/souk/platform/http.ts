import type { FastifyInstance } from 'fastify'
import { buildApp } from '#kit/http/app.ts'
import { operationRoutes } from '#kit/http/health.ts'
import { createMetrics } from '#kit/http/metrics.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Settings } from '../settings.ts'
import { busHealth } from '../operations/bus-health.ts'
import { createEventFlow } from '../operations/event-flow.ts'
import { registerGauges } from '../operations/gauges.ts'
import { operationsService } from '../operations/operations.ts'
import { openChannels } from './channels.ts'
import { openIdentity } from './identity.ts'
import type { Platform } from './platform.ts'

export interface Http {
  readonly app: FastifyInstance
  /** Stops taking requests, finishes those in flight. */
  close(): Promise<void>
}

/** The HTTP face of a platform: the gateway's work and all routes on one instance. Does not listen. */
export async function openHttp(platform: Platform, settings: Settings, log: Logger, version: string): Promise<Http> {
  const metrics = createMetrics()
  const flow = createEventFlow(platform)
  registerGauges(metrics, platform, flow)
  const identity = await openIdentity(platform, settings, log)
  const channels = await openChannels(platform, log)
  let draining = false
  const app = buildApp({
    services: [
      ...platform.host.services.map((service) => ({ ...service, summary: service.service.summary })),
      operationsService({ platform, flow, log }),
    ],
    log,
    version,
    title: 'Souk',
    edge: {
      tokens: identity.tokens,
      channels: channels.directory,
      rateLimit: settings.rateLimitPerMinute === 0 ? false : { max: settings.rateLimitPerMinute },
      corsOrigins: settings.corsOrigins,
      trustedProxies: settings.trustProxy,
      hsts: settings.publicUrl.startsWith('https:'),
      accessLog: settings.environment === 'production' ? 'all' : 'errors',
    },
    operations: operationRoutes({
      health: [
        ...platform.host.services.map((service) => ({ name: service.name, check: () => service.health() })),
        busHealth(platform, settings, flow),
      ],
      metrics,
      info: () => ({ application: 'souk', version, profile: settings.environment, uptimeSeconds: Math.round(process.uptime()) }),
      ready: () => !draining,
      details: settings.environment === 'production' ? 'staff' : 'everyone',
    }),
    onRequestEnd: metrics.observe,
  })
  await app.ready()
  return {
    app,
    async close() {
      draining = true
      await app.close()
      await Promise.all([identity.close(), channels.close()])
    },
  }
}
