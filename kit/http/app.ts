import type { IncomingMessage, ServerResponse } from 'node:http'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { type CompiledRoute, compileRoute, type RouteFacts } from './compiled-route.ts'
import { allowOrigins, createGates, type EdgeOptions, type Fail, rewriteUrl, trustProxy } from './edge.ts'
import { type ExecutionDeps, handlerOf, type Learn } from './execute.ts'
import { createFastReads, type FastReads } from './fast-reads.ts'
import { type ApiService, documentationRoutes } from './documentation.ts'
import { leaveNobody } from './leave-nobody.ts'
import { addressBook, notFound } from './not-found.ts'
import { singleChannel } from './negotiation.ts'
import { checkPolicy, listPolicies, type Policy, rememberPolicies } from './policy.ts'
import { pathOf, sendProblem } from './problem.ts'
import { type FaultSource, injectFaults } from './faults.ts'
import type { Forwarder } from './forward/forwarder.ts'
import { mountForwarded } from './forward/mount.ts'
import { passUpgrades } from './forward/upgrades.ts'
import { answerBrokenRequest } from './broken-request.ts'
import { readForm } from './form-body.ts'
import { PAGE, type Pages, SIGN_IN_PAGE } from './pages.ts'
import type { Route } from './route.ts'
import { endOf, onResponse, type RequestEnd } from './request-end.ts'
import { createSeenWrites } from './seen-writes.ts'
import { requestId, traceKept, traceRequests } from './trace.ts'
import { circuitsOf } from '#kit/balance/circuits.ts'
import type { ResponseCache } from '#kit/cache/response-cache.ts'
import type { Db } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { Logger } from '#kit/service/logger.ts'

/** One service's share of the app. Without `db` its unsafe routes get no transaction. */
export interface AppService {
  readonly name: string
  readonly routes: readonly Route[]
  readonly db?: Db | undefined
  readonly outbox?: Outbox | undefined
  /** keeps the answers of `cached` routes; without it they are made anew each time */
  readonly cache?: ResponseCache | undefined
  readonly summary?: string | undefined
}

/** Milliseconds, bytes and counts; the defaults stand in RELIABILITY §4. */
export interface Limits {
  /** whole request, headers and body; default 10,000 ms */
  readonly requestTimeoutMs?: number
  /** default 5,000 ms; must be shorter than the request */
  readonly headersTimeoutMs?: number
  /** how often slow connections are looked for; default 1,000 ms */
  readonly connectionsCheckingIntervalMs?: number
  /** default 65,000 ms: longer than a load balancer keeps its side */
  readonly keepAliveTimeoutMs?: number
  /** an unsafe request gets 503 when its handler takes longer; default 10,000 ms */
  readonly handlerTimeoutMs?: number
  /** how long a stop waits for the answers to what was asked; default 20,000 ms */
  readonly graceMs?: number
  readonly maxRequestsPerSocket?: number
  readonly maxConnections?: number
  /** default 64 KiB */
  readonly bodyLimitBytes?: number
  readonly maxHeaderBytes?: number
  readonly maxParamLength?: number
}

export interface AppOptions {
  readonly services: readonly AppService[]
  readonly log: Logger
  readonly edge?: EdgeOptions
  readonly limits?: Limits
  readonly onRequestEnd?: (end: RequestEnd) => void
  /** Services that run in other processes: their routes pass the same gates, then the request is passed on. */
  readonly elsewhere?: { readonly services: readonly AppService[]; readonly forwarder: Forwarder } | undefined
  /** Makes requests fail on purpose; for tests. */
  readonly faults?: FaultSource | undefined
  /** Routes of the platform itself (health, metrics): not rate limited, not logged when they succeed. */
  readonly operations?: readonly Route[]
  /** web pages, at every address that no route has */
  readonly pages?: Pages | undefined
  /** the service that takes requests for all others: traces show its part of the work */
  readonly front?: string | undefined
  /** name and version shown in the API documentation */
  readonly title?: string
  readonly version?: string
}

/**
 * The HTTP face of the given services: one Fastify instance, ready for `listen` or `inject`; it never listens itself.
 * Throws when a route declares no access, leaves its input open to unknown fields, or stands twice.
 */
export function buildApp(options: AppOptions): FastifyInstance {
  const { log, limits = {}, edge = { rateLimit: false } } = options
  const seen = createSeenWrites()
  const fail: Fail = (request, reply, error) => sendProblem(log, request, reply, error)
  const app = Fastify({
    logger: false,
    genReqId: requestId,
    trustProxy: trustProxy(edge),
    rewriteUrl: (request) => rewriteUrl(request),
    requestTimeout: limits.requestTimeoutMs ?? 10_000,
    keepAliveTimeout: limits.keepAliveTimeoutMs ?? 65_000,
    // Without limit: past it Node answers 503 to clients that overlook `Connection: close` (load generators, some proxies).
    maxRequestsPerSocket: limits.maxRequestsPerSocket ?? 0,
    bodyLimit: limits.bodyLimitBytes ?? 64 * 1024,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // while draining, requests that still come in on open connections are served
    routerOptions: { maxParamLength: limits.maxParamLength ?? 200 },
    http: {
      headersTimeout: limits.headersTimeoutMs ?? 5_000,
      connectionsCheckingInterval: limits.connectionsCheckingIntervalMs ?? 1_000,
      maxHeaderSize: limits.maxHeaderBytes ?? 16 * 1024,
      // Some HTTP/2 clients offer to change on every request; they are answered as any other.
      shouldUpgradeCallback: ({ headers }) => options.elsewhere !== undefined && headers.upgrade?.toLowerCase() === 'websocket',
    },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      gates.open(request as FastifyRequest, reply)
      fail(request as FastifyRequest, reply, error)
    },
  })
  traceRequests(app, options.front)
  if (limits.maxConnections) app.server.maxConnections = limits.maxConnections
  app.decorateRequest('principal', null as never)
  app.decorateRequest('correlationId', '')
  app.setErrorHandler((error, request, reply) => {
    // the framework's own answer to QUERY without a content type; no address of ours has that method
    const unknown = (error as { code?: unknown }).code === 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE'
    return unknown
      ? notFound(book, request, reply).catch((miss: unknown) => fail(request, reply, miss))
      : fail(request, reply, error)
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  // Only pages take forms with files; no route of the API does, and those that it asks for raw are of other types.
  app.addContentTypeParser('multipart/form-data', async (request: FastifyRequest, payload: IncomingMessage) =>
    readForm(request, payload, options.pages?.bodyLimit?.(request) ?? limits.bodyLimitBytes ?? 64 * 1024),
  )

  const gates = createGates(edge, fail)
  const channels = edge.channels ?? singleChannel()
  const fast = createFastReads({ edge, authenticate: gates.authenticate, count: gates.count, channels })
  answerFirst(app, fast)
  leaveNobody(app, {
    silentMs: limits.headersTimeoutMs ?? 5_000,
    askingMs: limits.requestTimeoutMs ?? 10_000,
    graceMs: limits.graceMs ?? 20_000,
  })
  const patienceMs = limits.handlerTimeoutMs ?? 10_000
  const policies: Policy[] = []
  const compiled: CompiledRoute[] = []
  const book = addressBook(compiled)
  const compile = (service: AppService, route: Route, operational: boolean): CompiledRoute => {
    checkPolicy(service.name, route)
    const one = compileRoute(service.name, route, { operational })
    compiled.push(one)
    const { method, path, spec } = route
    policies.push({
      service: service.name,
      method,
      path,
      access: spec.access,
      summary: spec.summary,
      idempotency: one.idempotency,
    })
    return one
  }
  const add = (service: AppService, route: Route, operational: boolean): void =>
    mount(compile(service, route, operational), {
      db: service.db,
      outbox: service.outbox,
      cache: service.cache,
      channels,
      fail,
      seen,
      front: options.front,
    })
  const mount = (one: CompiledRoute, deps: ExecutionDeps): void => {
    const { facts, route } = one
    const unsafe = facts.method !== 'GET'
    const ended = endOf(options, facts)
    const { cached } = route.spec
    // what is given again before the framework sees the request could not be made to fail
    const fastRoute =
      cached && deps.cache && !options.faults
        ? { facts, cached, cache: deps.cache, ended, traced: traceKept(options.front, facts) }
        : undefined
    const learn: Learn | undefined = fastRoute && ((request, reply, answer) => fast.learn(fastRoute, request, reply, answer))
    app.route({
      method: unsafe ? facts.method : ['GET', 'HEAD'],
      url: facts.path,
      ...(route.spec.bodyLimit ? { bodyLimit: route.spec.bodyLimit } : {}),
      ...(unsafe ? { handlerTimeout: patienceMs } : {}),
      config: { service: facts.service, operational: facts.operational },
      onRequest: gates.gateOf(one),
      ...(ended ? { onResponse: onResponse(ended) } : {}),
      handler: handlerOf(one, facts.operational || facts.endless ? deps : { ...deps, patienceMs }, learn),
    })
  }

  allowOrigins(app, edge)
  if (options.faults) injectFaults(app, options.faults)
  const platform: AppService = { name: 'platform', routes: [] }
  for (const service of options.services) for (const route of service.routes) add(service, route, false)
  for (const route of options.operations ?? []) add(platform, route, true)
  const { services: distant, forwarder } = options.elsewhere ?? { services: [] }
  if (forwarder) {
    // Nobody outside may call internal routes; from here they do not exist.
    const passedOn = distant.flatMap((service) =>
      service.routes.filter(({ spec }) => spec.access.kind !== 'internal').map((route) => compile(service, route, false)),
    )
    const hooks = (one: CompiledRoute) => {
      const ended = endOf(options, one.facts)
      return { onRequest: gates.gateOf(one), ...(ended ? { onResponse: onResponse(ended, forwarder.about) } : {}) }
    }
    const mounts = passedOn.map((compiled) => ({ compiled, hooks: hooks(compiled) }))
    passUpgrades(app, {
      routes: passedOn,
      forwarder,
      authenticate: gates.authenticate,
      count: gates.count,
      corsOrigins: edge.corsOrigins ?? [],
      trusted: trustProxy(edge),
      log,
    })
    mountForwarded(app, mounts, { forwarder, bodyLimit: limits.bodyLimitBytes ?? 64 * 1024, fail })
  }
  const documented: ApiService[] = [...options.services, ...distant].map(({ name, summary, routes }) => ({
    name,
    summary,
    routes,
  }))
  for (const route of documentationRoutes(
    documented,
    { title: options.title, version: options.version },
    () => listPolicies(app),
    forwarder && (() => circuitsOf(forwarder.states())),
  )) {
    add(platform, route, true)
  }
  rememberPolicies(app, policies)
  const missed = endOf(options, NO_ROUTE)
  const { pages } = options
  const gateOfPages = (facts: RouteFacts) => gates.gateOf({ facts, checkContentType: () => undefined })
  const [pageGate, signInGate] = [gateOfPages(PAGE), gateOfPages(SIGN_IN_PAGE)]
  const pageEnded = endOf(options, PAGE)
  app.setNotFoundHandler(async (request, reply) => {
    const path = pathOf(request.url)
    if (pages?.owns(path) && !NOT_FOR_PAGES.has(request.method) && book(path).length === 0) {
      gates.open(request, reply)
      if (pages.file(request, reply)) return
      if (pageEnded) reply.raw.once('finish', () => onResponse(pageEnded)(request, reply, () => undefined))
      const gate = pages.aside?.(request) ? signInGate : pageGate
      await new Promise<void>((resolve) => gate(request, reply, resolve))
      if (!reply.sent) await pages.answer(request, reply)
      return
    }
    if (missed) reply.raw.once('finish', () => onResponse(missed)(request, reply, () => undefined))
    await gates.strangersGate(request, reply)
    await notFound(book, request, reply)
  })
  return app
}

/** The Fetch standard, by which pages are asked, has no such requests. */
const NOT_FOR_PAGES: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** Lets the fast way look at a request before the framework does. `inject` and secondary addresses go the whole way. */
function answerFirst(app: FastifyInstance, fast: FastReads): void {
  const { server } = app
  const whole = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[]
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    const wholeWay = (): void => {
      for (const listener of whole) listener.call(server, request, response)
    }
    if (!fast.answer(request, response, wholeWay)) wholeWay()
  })
  app.addHook('preClose', (done) => {
    fast.close()
    done()
  })
}

/** Stands for every address that has no route, so that scanners fill one line of the metrics, not thousands. */
const NO_ROUTE: RouteFacts = {
  service: 'platform',
  method: 'GET',
  path: 'none',
  label: 'none',
  access: { kind: 'anyone' },
  rateLimit: undefined,
  operational: false,
  priority: 'low',
}
