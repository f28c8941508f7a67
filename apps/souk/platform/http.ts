import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { configRpc } from '#contracts/rpc/config.ts'
import { anonymous } from '#kit/core/principal.ts'
import { type AppOptions, buildApp } from '#kit/http/app.ts'
import { bearerOf } from '#kit/http/edge.ts'
import { registerForwardMetrics } from '#kit/http/forward/metrics.ts'
import { createVouchReader, VOUCH_SECRET } from '#kit/http/forward/vouch.ts'
import { operationRoutes } from '#kit/http/health.ts'
import { createLoadShedding } from '#kit/http/load-shedding.ts'
import { createProgramReader, takesPrograms } from '#kit/http/programs.ts'
import type { Access } from '#kit/http/route.ts'
import { createMetrics } from '#kit/http/metrics.ts'
import type { Pages } from '#kit/http/pages.ts'
import { registerCallMetrics } from '#kit/rpc/call-metrics.ts'
import { busHealth } from '../operations/bus-health.ts'
import { callsHealth, connectionsHealth } from '../operations/connections.ts'
import { createEventFlow } from '../operations/event-flow.ts'
import { registerFigures, registerGauges, registerLoadMetrics, registerTraceGauge } from '../operations/gauges.ts'
import { type MapNode, nodesOf } from '../operations/service-map.ts'
import { databaseHealth, processHealth } from '../operations/health-details.ts'
import { createLive } from '../operations/live.ts'
import type { AskRecent } from '../operations/trace-routes.ts'
import { operationsService } from '../operations/operations.ts'
import { createOtherProcesses, type OtherProcesses } from '../operations/other-processes.ts'
import type { Settings } from '../settings.ts'
import { openCaches, registerCacheGauges } from './caches.ts'
import { openChannels } from './channels.ts'
import { type Identity, openIdentity } from './identity.ts'
import { openGrpcServer, serviceTokenKind } from './grpc.ts'
import { grpcPort } from './peers.ts'
import type { Platform, PlatformOptions } from './platform.ts'
import { graceOf } from './grace.ts'
import type { Found } from './recent.ts'
import { type Families, together } from './process-metrics.ts'
import type { AskAll } from './process-questions.ts'

export interface Http {
  readonly app: FastifyInstance
  /** Opens the ports: HTTP, and gRPC where other processes or GRPC_PORT ask for it. Returns the port of HTTP. */
  listen(at: { host: string; port: number }): Promise<number>
  /** false while it starts or stops */
  ready(): boolean
  /** what this process measured */
  measured(): Promise<Families>
  /** It is about to stop: says so to whoever asks whether it is ready, and keeps no connection beyond its next answer. Still serves everybody. */
  letGo(): void
  /** Stops taking requests, finishes those in flight. */
  close(): Promise<void>
}

export type HttpOptions = Pick<
  PlatformOptions,
  'services' | 'processes' | 'settings' | 'secrets' | 'log' | 'peers' | 'elsewhere' | 'urls' | 'recent'
>

/** Accesses that only people have who signed in. */
const ASKS_FOR_PEOPLE: ReadonlySet<string> = new Set(['signed-in', 'permission', 'owner'])
const kindOf = (access: Access): string => (takesPrograms(access) ? 'program' : access.kind)

/** Shorter than the gateway waits (10 s), so that it hears why. */
const APART_HANDLER_MS = 8_000

/** A command of staff to another process ends this much before the handler that waits for it, so that the answer tells whose word is missing. */
const TO_TELL_MS = 500

/** How long a handler may take, where that is not the usual time, and how long answers are waited for in the end. */
function timeLimits(settings: Settings, apart: boolean): NonNullable<AppOptions['limits']> {
  const handlerTimeoutMs = settings.requestTimeoutMs ?? (apart ? APART_HANDLER_MS : undefined)
  return { graceMs: graceOf(settings).requestsMs, ...(handlerTimeoutMs === undefined ? {} : { handlerTimeoutMs }) }
}

/**
 * The HTTP face of a platform: the gateway's work and all routes on one instance. Does not listen. `askAll` asks all processes of the
 * installation; default: this one alone.
 */
export async function openHttp(platform: Platform, options: HttpOptions, version: string, askAll?: AskAll): Promise<Http> {
  const { settings, log } = options
  const metrics = createMetrics()
  const flow = createEventFlow(platform)
  registerGauges(metrics, platform, flow, settings.rowChangesSlot)
  registerTraceGauge(metrics, platform)
  registerFigures(metrics, platform.host.services)
  const apart = (options.peers?.size ?? 0) > 0
  const answersCalls = apart || settings.grpcPort !== undefined
  const channels = openChannels(platform, options)
  const [identity, caches, front] = await Promise.all([
    openIdentity(platform, options, answersCalls ? await serviceTokenKind(platform, options.secrets) : undefined),
    openCaches(platform),
    openFront(platform, options),
  ])
  registerCacheGauges(metrics, caches, platform)
  const live = createLive({ bus: platform.bus, authenticate: holderOf(identity), log })
  metrics.gauge('live_streams', 'Pages of staff that follow what changes', () => [{ value: live.count() }])
  if (front) registerForwardMetrics(metrics, front.forwarder)
  if (platform.calls) registerCallMetrics(metrics, platform.calls)
  const load = settings.maxRequestsInFlight > 0 ? createLoadShedding({ maxInFlight: settings.maxRequestsInFlight }) : undefined
  if (load) registerLoadMetrics(metrics, load)
  const about = processHealth({ application: 'souk', profile: settings.environment, version })
  const caller = platform.host.services[0]?.name ?? 'souk'
  let draining = false
  // Who serves nobody in particular need not know anybody: the registry is there before auth.
  const needsNobody = platform.host.services.every(({ routes }) =>
    routes.every(({ spec }) => !ASKS_FOR_PEOPLE.has(kindOf(spec.access))),
  )
  const ready = () => !draining && (needsNobody || identity.known())
  const grpc = answersCalls ? await openGrpcServer(platform, { tokens: identity.tokens, ready, log }) : undefined
  let apiUrl = ''
  const pages = settings.webPages && doorOf(platform.host) ? await openPages(options, () => apiUrl) : undefined
  const app = buildApp({
    services: [
      ...platform.host.services.map((service) => ({
        ...service,
        summary: service.service.summary,
        cache: caches.of(service.name),
      })),
      operationsService({
        platform,
        flow,
        log,
        live,
        others: apart ? othersOf(platform, options) : undefined,
        homes: new Map(options.processes.map(({ contract }) => [contract.name, contract.home])),
        settings,
        services: options.services,
        recent: askRecent(options, askAll),
        map: [...nodesOf(platform.host, true), ...(front?.nodes ?? [])],
      }),
    ],
    log,
    version,
    title: 'Souk',
    elsewhere: front,
    pages,
    front: doorServiceOf(platform.host)?.name,
    faults: doorOf(platform.host)?.faults,
    limits: timeLimits(settings, apart),
    edge: {
      ...(apart || pages ? { vouchedClient: createVouchReader(options.secrets.secret(VOUCH_SECRET)) } : {}),
      tokens: identity.tokens,
      programs: createProgramReader(settings.programs),
      channels: channels.directory,
      rateLimit: {
        get max() {
          return settings.rateLimitPerMinute
        },
        store: platform.memory.rates,
      },
      corsOrigins: settings.corsOrigins,
      trustedProxies: settings.trustProxy,
      hsts: settings.publicUrl.startsWith('https:'),
      ...(load ? { shed: load.shed } : {}),
      accessLog: settings.accessLog ?? (settings.environment === 'production' ? 'all' : 'errors'),
    },
    operations: [
      ...operationRoutes({
        health: [
          ...platform.host.services.map((service) => ({ name: service.name, check: () => service.health() })),
          busHealth(platform, settings, flow),
          caches.health,
          { name: 'objects', check: () => platform.objects.describe() },
          databaseHealth(platform.databases),
          about,
          connectionsHealth(settings, options.urls, platform.peers?.peers ?? options.peers),
          ...(platform.calls ? [callsHealth(platform.calls)] : []),
        ],
        metrics,
        gathered: askAll && (async () => together(await measuredByAll(askAll))),
        info: () => ({
          application: 'souk',
          version,
          profile: settings.environment,
          uptimeSeconds: Math.round(process.uptime()),
        }),
        ready,
        refresh: {
          here: () => platform.refresher.refresh(),
          everywhere: async (askedBy) => void (await platform.host.rpc.client(configRpc, caller).refresh({ askedBy })),
        },
        features: () => platform.features.list(),
        details: settings.environment === 'production' ? 'staff' : 'everyone',
      }),
    ],
    onRequestEnd: metrics.observe,
  })
  await app.ready()
  const opened = await Promise.all(platform.host.services.map((service) => service.open()))
  return {
    app,
    ready,
    async listen(at) {
      await channels.learn()
      await app.listen(at)
      const { port, address, family } = app.server.address() as AddressInfo
      apiUrl = ownUrl(address, family, port)
      await grpc?.listen({ host: at.host, port: apart ? grpcPort(port) : (settings.grpcPort as number) })
      return port
    },
    measured: () => metrics.registry.getMetricsAsJSON() as Promise<Families>,
    letGo() {
      draining = true
      app.letGo()
      for (const one of opened) one.letGo?.()
    },
    async close() {
      draining = true
      for (const one of opened) one.letGo?.()
      // its streams end at once, so that they hold up nobody; what it still reads does not hold up the others either
      await Promise.all([live.close(), app.close(), grpc?.close()])
      await Promise.all(opened.map((one) => one.close()))
      caches.close()
      load?.close()
      about.close()
      await Promise.all([identity.close(), channels.close(), front?.close()])
    },
  }
}

/** Loaded only where pages are shown. */
async function openPages({ settings, secrets, log }: HttpOptions, apiUrl: () => string): Promise<Pages> {
  const { openFaces } = await import('../faces/faces.ts')
  return openFaces({ settings, secrets, log, apiUrl })
}

/** Where this process reaches itself. */
function ownUrl(address: string, family: string, port: number): string {
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address
  return `http://${family === 'IPv6' && host === address ? `[${host}]` : host}:${port}`
}

const measuredByAll = async (askAll: AskAll) =>
  (await askAll({ of: 'metrics' })).map(({ process, answer }) => ({ process, families: answer as Families }))

/** What the processes of the installation did last. */
const askRecent =
  ({ recent }: HttpOptions, askAll: AskAll | undefined): AskRecent =>
  async (filter) => {
    const told = askAll ? await askAll({ of: 'recent', filter }) : [{ process: 'http', answer: recent?.find(filter) }]
    return told.map(({ process, answer }) => ({ process, ...((answer as Found | undefined) ?? { lines: [], spans: [] }) }))
  }

/** The processes that operations ask beside this one. */
const othersOf = (platform: Platform, { services, secrets, settings, peers = new Map() }: HttpOptions): OtherProcesses =>
  createOtherProcesses({
    here: services.map(({ name }) => name),
    peers: platform.peers?.peers ?? peers,
    secret: secrets.secret(VOUCH_SECRET),
    commandPatienceMs: (settings.requestTimeoutMs ?? APART_HANDLER_MS) - TO_TELL_MS,
  })

/** Who shows a header now. */
const holderOf =
  ({ tokens }: Identity) =>
  (authorization: string | undefined) => {
    const token = bearerOf({ authorization })
    return token === undefined ? anonymous : tokens.verify(token)
  }

/** The service of this process that stands before the others, if it is here. */
const doorServiceOf = (host: Platform['host']) => host.services.find(({ door }) => door)
const doorOf = (host: Platform['host']) => doorServiceOf(host)?.door

interface Front extends NonNullable<AppOptions['elsewhere']> {
  readonly nodes: readonly MapNode[]
  close(): Promise<void>
}

/** Where this process stands before services that run elsewhere: their routes, known from their manifests, and the way there. */
async function openFront({ host }: Platform, { elsewhere = [], settings }: HttpOptions): Promise<Front | undefined> {
  const forwarder = doorOf(host)?.forwarder
  if (!forwarder) return undefined
  const [{ openPaperHost }] = await Promise.all([import('./paper-host.ts'), forwarder.open()])
  const paper = openPaperHost(elsewhere, [], settings)
  const services = paper.host.services.map(({ name, routes, service }) => ({ name, routes, summary: service.summary }))
  const nodes = nodesOf(paper.host, false)
  await paper.close()
  return { services, nodes, forwarder, close: () => forwarder.close() }
}
