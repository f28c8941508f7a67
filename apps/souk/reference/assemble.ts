import type { FastifyInstance } from 'fastify'
import { buildApp } from '#kit/http/app.ts'
import { createMetrics } from '#kit/http/metrics.ts'
import { operationRoutes } from '#kit/http/health.ts'
import type { AnyProcess } from '#kit/process/process.ts'
import type { Host } from '#kit/service/host.ts'
import { silentLogger } from '#kit/service/logger.ts'
import type { PostgresBus } from '#kit/messaging/postgres-bus.ts'
import { loadProcesses, loadServices } from '../load.ts'
import { createEventFlow } from '../operations/event-flow.ts'
import type { Live } from '../operations/live.ts'
import { operationsService } from '../operations/operations.ts'
import { openPaperHost } from '../platform/paper-host.ts'
import { readSettings } from '../settings.ts'

/** The whole platform put together but for its engines: to ask what routes, reactions and flows there are. */
export interface Assembly {
  readonly host: Host
  readonly processes: readonly AnyProcess[]
  /** every route with its policy: `listPolicies(app)` */
  readonly app: FastifyInstance
  close(): Promise<void>
}

/**
 * Assembles all services and processes with default settings, or those of `environment`. Nothing connects, because nothing is asked: databases open on
 * first use, and `create` does no I/O.
 */
export async function assemble(root: URL, environment: Record<string, string> = {}): Promise<Assembly> {
  const [loaded, processes] = await Promise.all([loadServices({ root }), loadProcesses(root)])
  const services = loaded.map(({ service }) => service).sort((a, b) => a.port - b.port)
  const settings = readSettings(environment, { root, services })
  const { host, close } = openPaperHost(services, processes, settings)
  const bus = undefined as unknown as PostgresBus
  const live = undefined as unknown as Live
  const app = buildApp({
    services: [
      ...host.services.map(({ name, routes, service }) => ({ name, routes, summary: service.summary })),
      operationsService({
        platform: { host, bus },
        flow: createEventFlow({ host, bus }),
        log: silentLogger,
        live,
        homes: new Map(),
        settings,
        services,
        map: [],
        recent: async () => [],
      }),
    ],
    log: silentLogger,
    operations: operationRoutes({ health: [], metrics: createMetrics({ process: false }), info: () => ({}) }),
  })
  await app.ready()
  return {
    host,
    processes,
    app,
    async close() {
      await app.close()
      await close()
    },
  }
}
