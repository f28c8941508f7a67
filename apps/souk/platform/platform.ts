import { busNames } from '#contracts/bus-names.ts'
import type { Peers } from '#kit/balance/instance.ts'
import type { Balance } from '#kit/balance/metrics.ts'
import { armKillpoints } from '#kit/core/killpoint.ts'
import { createFeatures, type Features } from '#kit/core/features.ts'
import { type DbTimeouts, openDb, type OpenedDb } from '#kit/db/open.ts'
import { createMailboxMail } from '#kit/mail/mailbox.ts'
import type { MailPort } from '#kit/mail/mail.ts'
import type { Memory } from '#kit/memory/memory.ts'
import { openMemory } from '#kit/memory/open-memory.ts'
import { createOutbox } from '#kit/messaging/outbox.ts'
import type { LogBus } from '#kit/messaging/log-bus.ts'
import { openBus } from '#kit/messaging/open-bus.ts'
import { createWakeUp, type WakeUp } from '#kit/messaging/wake-up.ts'
import type { ObjectStore } from '#kit/objects/objects.ts'
import { openObjects } from '#kit/objects/open-objects.ts'
import type { AnyProcess } from '#kit/process/process.ts'
import { createHost, type Host } from '#kit/service/host.ts'
import type { LivePeers } from '#kit/discovery/live-peers.ts'
import type { GrpcRemote } from '#kit/rpc/grpc/client.ts'
import type { Remote } from '#kit/rpc/registry.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Service } from '#kit/service/service.ts'
import type { OtlpTracer } from '#kit/tracing/otlp.ts'
import type { Secrets } from '../secrets.ts'
import { type LiveSettings, liveSettings } from '../live-settings.ts'
import type { Settings } from '../settings.ts'
import type { DatabaseUrls } from './database-plan.ts'
import { version } from '../version.ts'
import { grpcAddress, type Known } from './peers.ts'
import { openRefresher, type Refresher } from './refresh.ts'
import { SERVICE_KEY } from './service-key.ts'
import type { Tell } from './process-questions.ts'
import type { Recent } from './recent.ts'
import { openTracer } from './traces.ts'
import { strikeByFile } from './strike.ts'

export interface PlatformOptions {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly services: readonly Service[]
  readonly processes: readonly AnyProcess[]
  readonly urls: DatabaseUrls
  readonly log: Logger
  /** `http`, `background`, `import`: shown in pg_stat_activity */
  readonly part: string
  /** connections a service may open in this process */
  readonly poolSize: number
  /** longer waits than a request may have, for work that nobody waits for */
  readonly timeouts?: Partial<DbTimeouts>
  /** where services run that do not run here */
  readonly peers?: Peers
  /** those services: a process that stands before others has to know their routes */
  readonly elsewhere?: readonly Service[]
  /** asks the configuration server again; undefined where there is none */
  readonly reread?: (() => Promise<Settings>) | undefined
  /** `settings` with parts that change while we run; made from `settings` where it is not given */
  readonly live?: LiveSettings
  /** what this process did last; undefined: nobody will ask */
  readonly recent?: Recent
  /** their names, also where nobody has to know more of them */
  readonly others?: readonly Known[]
}

/** The services of this process with their drivers, opened. Nothing listens and nothing loops yet. */
export interface Platform {
  readonly host: Host
  readonly bus: LogBus
  readonly objects: ObjectStore
  readonly memory: Memory
  /** the bell of a service's outbox; services whose outboxes lie in one database share one */
  wakeUp(service: string): WakeUp
  readonly databases: ReadonlyMap<string, OpenedDb>
  /** the door of one service to each database, however many services lie there */
  readonly eachDatabase: readonly OpenedDb[]
  /** where services are that run elsewhere */
  readonly peers: LivePeers | undefined
  /** what is known of services elsewhere by calling them; undefined: all run here */
  readonly calls: Balance | undefined
  /** where traces go somewhere */
  readonly tracer: Pick<OtlpTracer, 'stats'> | undefined
  readonly refresher: Refresher
  readonly features: Features
  close(): Promise<void>
}

/** A running part of the installation. */
export interface Part {
  readonly platform: Platform
  /** what this process says of itself */
  readonly tell?: Tell
  /** of what serves requests: it is about to stop, but serves everybody until then */
  letGo?(): void
  /** Finishes what is in flight, then lets everything go; `beforeClosing` is done in between. */
  stop(beforeClosing?: () => Promise<void>): Promise<void>
}

export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { secrets, services, urls, log, part } = options
  const live = options.live ?? liveSettings(options.settings, services)
  const { settings } = live
  if (settings.killpoints !== undefined) armKillpoints(strikeByFile(settings.killpoints))
  const tracer = await openTracer(options)
  const databases = new Map<string, OpenedDb>()
  for (const service of services) {
    databases.set(
      service.name,
      openDb({
        url: urls.services[service.name] as string,
        schema: service.name,
        applicationName: `souk ${part} ${service.name}`,
        // limits of its own hold on direct connections only: those of a command are longer
        pooler: options.timeouts === undefined ? urls.poolers[service.name] : undefined,
        lateCommits: urls.oneDatabase,
        replicaUrls: urls.replicas[service.name] ?? [],
        maxLagMs: settings.replicaMaxLagMs,
        max: options.poolSize,
        briefPool: service.brief ?? false,
        timeouts: { poolWait: 2_000, connect: 2_000, brief: settings.searchStatementMs, ...options.timeouts },
      }),
    )
  }
  const memory = await openMemory({
    url: settings.cacheUrl,
    log,
    name: `souk ${part}`,
    version: version(),
    answerSeconds: settings.cacheSeconds ?? (settings.environment === 'production' ? 3_600 : 600),
  })
  const [bus, found] = await Promise.all([
    openBus({
      url: urls.bus,
      archiveUrl: urls.archive,
      pooler: urls.poolers['bus'],
      names: busNames,
      log,
      name: `souk ${part} bus`,
    }),
    openPeers(options),
  ])
  const peers = found?.peers ?? options.peers
  const bells = urls.outboxes.map(({ schemas }) => {
    const db = databases.get(schemas[0] as string) as OpenedDb
    return { schemas, wakeUp: createWakeUp({ sql: db.sql, log }) }
  })
  const wakeUp = (service: string) => bells.find(({ schemas }) => schemas.includes(service))!.wakeUp
  const mail = mailOf(settings, log)
  const objects = openObjects(settings.objectsUrl)
  const remote = openRemote({ ...options, settings, peers })
  const features = createFeatures(() => settings.features)
  const refresher = await openRefresher({
    live,
    reread: options.reread,
    bus,
    peers: found,
    services: [...services, ...(options.elsewhere ?? [])],
    log,
  })
  const host = createHost(services, options.processes, {
    environment: settings.environment,
    publicUrl: settings.publicUrl,
    log,
    objects,
    mail,
    memory,
    database: (service) => databases.get(service.name) as OpenedDb,
    outbox: (service) => createOutbox({ source: service.name, wakeUp: wakeUp(service.name) }),
    settings: (service) => settings.services[service.name]?.own ?? {},
    secret: secrets.secret,
    remote,
    peers,
    features,
    alone: services.length === 1,
    discovers: settings.registryUrls.length > 0,
  })
  return {
    host,
    bus,
    objects,
    memory,
    wakeUp,
    databases,
    eachDatabase: urls.outboxes.map(({ schemas }) => databases.get(schemas[0] as string) as OpenedDb),
    peers: found,
    calls: remote,
    refresher,
    features,
    tracer,
    async close() {
      found?.close()
      await refresher.close()
      await host.flush()
      await Promise.all(bells.map((bell) => bell.wakeUp.stop()))
      await mail.close()
      await objects.close()
      await remote?.close()
      await bus.close()
      await memory.close()
      await Promise.all([...databases.values()].map((db) => db.close()))
      await tracer?.close()
    },
  }
}

/** Loaded only where something runs elsewhere. */
async function openPeers(options: PlatformOptions): Promise<LivePeers | undefined> {
  if (!options.others?.length) return undefined
  return await (await import('./discovery.ts')).openPeers(options)
}

function mailOf(settings: Settings, log: Logger): MailPort {
  if (settings.mailUrl === 'mailbox:') return createMailboxMail()
  // The clients are large: only a shop that sends by them, and only its process that sends, loads one.
  const options = { from: settings.mailFrom, messageDomain: new URL(settings.publicUrl).hostname }
  let opened: Promise<MailPort> | undefined
  const open = () =>
    (opened ??= import('#kit/mail/open-mail.ts').then(({ openMail }) => openMail(settings.mailUrl, options, log)))
  return {
    send: async (mail) => await (await open()).send(mail),
    close: async () => await (await opened)?.close(),
  }
}

interface RemoteOptions extends Pick<PlatformOptions, 'settings' | 'secrets' | 'log'> {
  readonly peers: Peers | undefined
}

/** The way to services in other processes; loaded with the first call. */
function openRemote({ peers, ...rest }: RemoteOptions): (Remote & Balance & { close(): Promise<void> }) | undefined {
  if (!peers?.size) return undefined
  let opened: Promise<GrpcRemote> | undefined
  let remote: GrpcRemote | undefined
  const open = () => (opened ??= openGrpc({ peers, ...rest }).then((grpc) => (remote = grpc)))
  return {
    call: async (...call) => await (await open()).call(...call),
    async *stream(...call) {
      yield* (await open()).stream(...call)
    },
    states: () => remote?.states() ?? [],
    get retryTokens() {
      return remote?.retryTokens ?? 0
    },
    close: async () => (await opened)?.close(),
  }
}

async function openGrpc({ peers, settings, secrets, log }: RemoteOptions & { readonly peers: Peers }): Promise<GrpcRemote> {
  const [{ createGrpcRemote }, { createServiceTokens }, { readProtos }] = await Promise.all([
    import('#kit/rpc/grpc/client.ts'),
    import('#kit/rpc/service-tokens.ts'),
    import('./protos.ts'),
  ])
  return createGrpcRemote({
    peers,
    addressOf: grpcAddress,
    published: await readProtos(),
    tokens: createServiceTokens(secrets.secret(SERVICE_KEY)),
    maxInFlight: () => settings.callsMaxInFlight,
    log,
  })
}
