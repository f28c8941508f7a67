import { changeList, type ReadChanges } from '#kit/cache/change-list.ts'
import { createFeatures, type Features } from '#kit/core/features.ts'
import type { Db } from '#kit/db/db.ts'
import type { Door } from '#kit/http/door.ts'
import type { Peers } from '#kit/balance/instance.ts'
import type { Route } from '#kit/http/route.ts'
import type { MailPort } from '#kit/mail/mail.ts'
import type { Memory } from '#kit/memory/memory.ts'
import { createProcessMemory } from '#kit/memory/process-memory.ts'
import type { Outbox, Reaction } from '#kit/messaging/bus.ts'
import type { ObjectStore } from '#kit/objects/objects.ts'
import type { AnyProcess } from '#kit/process/process.ts'
import { createProcessRunner, type ProcessRunner } from '#kit/process/runner.ts'
import { createProcessStore } from '#kit/process/store.ts'
import { createRpcRegistry, type Remote, type RpcRegistry } from '#kit/rpc/registry.ts'
import { housekeeping } from './housekeeping.ts'
import type { Logger } from './logger.ts'
import type { Attention, Figure, Job, Opened, Service, ServiceKit } from './service.ts'

/** What the application gives the host: drivers and settings, already opened and checked. */
export interface Infrastructure {
  readonly environment: ServiceKit['environment']
  readonly publicUrl: string
  readonly log: Logger
  readonly objects: ObjectStore
  readonly mail: MailPort
  /** default: the memory of this process */
  readonly memory?: Memory | undefined
  database(service: Service): Db
  outbox(service: Service, db: Db): Outbox
  settings(service: Service): unknown
  secret(purpose: string): Buffer
  readonly remote?: Remote | undefined
  /** services that run in other processes; default none */
  readonly peers?: Peers | undefined
  /** default: none is on */
  readonly features?: Features
  /** one service, and the process is its own; default false */
  readonly alone?: boolean
  /** `peers` follow a registry; default false */
  readonly discovers?: boolean
}

const NO_FEATURES = createFeatures(() => [])

/** One service, assembled: what it answers, reacts to and does by the clock. */
export interface RunningService {
  readonly service: Service
  readonly name: string
  readonly db: Db
  readonly outbox: Outbox
  readonly log: Logger
  readonly routes: readonly Route[]
  /** of a service that stands before others */
  readonly door: Door | undefined
  readonly reactions: readonly Reaction[]
  readonly attention: Attention
  readonly jobs: readonly Job[]
  readonly processes: ProcessRunner
  /** begins what the service keeps going in a process that answers HTTP */
  open(): Promise<Opened>
  /** tells what makes kept answers old */
  readonly changes: ReadChanges
  readonly figures: readonly Figure[]
  health(): Promise<Record<string, unknown>>
  /** first data of a fresh installation */
  bootstrap(): Promise<void>
  /** demo data; nothing where the service has none */
  seed(): Promise<void>
}

export interface Host {
  readonly services: readonly RunningService[]
  readonly rpc: RpcRegistry
  service(name: string): RunningService
  /** Waits until what is held in memory is on disk. */
  flush(): Promise<void>
}

/**
 * Assembles services and processes into one host. Opens no port and starts no loop: HTTP, consumers, jobs and recovery are
 * started by the application, in one process or several (see background.ts).
 */
export function createHost(services: readonly Service[], processes: readonly AnyProcess[], infrastructure: Infrastructure): Host {
  const memory = infrastructure.memory ?? createProcessMemory()
  const rpc = createRpcRegistry({ validate: infrastructure.environment !== 'production', remote: infrastructure.remote })
  const installation = [...new Set([...services.map(({ name }) => name), ...(infrastructure.peers?.keys() ?? [])])]
  const running = services.map((service) => assemble(service, processes, infrastructure, rpc, installation, memory))
  const byName = new Map(running.map((entry) => [entry.name, entry]))
  return {
    services: running,
    rpc,
    service(name) {
      const found = byName.get(name)
      if (!found) throw new Error(`no service ${name} in this host; there are: ${[...byName.keys()].join(', ')}`)
      return found
    },
    async flush() {
      await Promise.all(running.map((entry) => entry.processes.flush()))
    },
  }
}

function assemble(
  service: Service,
  processes: readonly AnyProcess[],
  infrastructure: Infrastructure,
  rpc: RpcRegistry,
  installation: readonly string[],
  memory: Memory,
): RunningService {
  const { name } = service
  const db = infrastructure.database(service)
  const outbox = infrastructure.outbox(service, db)
  const log = infrastructure.log.child({ service: name })
  const runner = createProcessRunner({
    home: name,
    store: createProcessStore(db),
    log,
    definitions: processes.filter((process) => process.contract.home === name),
    rpc: (contract) => rpc.client(contract, name),
  })
  const kit: ServiceKit = {
    name,
    db,
    log,
    outbox,
    settings: infrastructure.settings(service),
    objects: infrastructure.objects,
    mail: infrastructure.mail,
    memory,
    processes: runner,
    rpc: (contract) => rpc.client(contract, name),
    secret: infrastructure.secret,
    publicUrl: infrastructure.publicUrl,
    peers: infrastructure.peers ?? new Map(),
    environment: infrastructure.environment,
    discovers: infrastructure.discovers ?? false,
    features: infrastructure.features ?? NO_FEATURES,
    alone: infrastructure.alone ?? false,
    installation,
  }
  const deps = service.create(kit as never)
  const implementation = service.rpc?.(deps)
  if (implementation) rpc.serve(wakingAfterEachCall(implementation, outbox))
  let routes: readonly Route[] | undefined
  return {
    service,
    name,
    db,
    outbox,
    log,
    // made when they are asked for: a process without HTTP never does
    get routes() {
      routes ??= service.routes?.(deps) ?? []
      return routes
    },
    door: service.door?.(deps),
    reactions: [...(service.reactions?.(deps) ?? []), ...runner.reactions],
    attention: service.attention?.(deps) ?? {},
    jobs: [...(service.jobs?.(deps) ?? []), ...housekeeping(db)].map((job) => wakingAfterEachRun(job, outbox)),
    processes: runner,
    open: async () => (await service.open?.(deps)) ?? { close: async () => undefined },
    changes: service.changes?.(deps) ?? changeList(db.sql),
    figures: service.figures?.(deps) ?? [],
    health: async () => (await service.health?.(deps)) ?? {},
    bootstrap: async () => {
      await service.bootstrap?.(deps)
      outbox.wake()
    },
    seed: async () => {
      await service.seed?.(deps)
      outbox.wake()
    },
  }
}

/** A call is a unit of work: when it returns, what it appended is committed and the relay may look. */
function wakingAfterEachCall(
  implementation: Parameters<RpcRegistry['serve']>[0],
  outbox: Outbox,
): Parameters<RpcRegistry['serve']>[0] {
  const methods = Object.fromEntries(
    Object.entries(implementation.methods).map(([name, method]) => [
      name,
      implementation.contract.methods[name]?.stream
        ? method
        : async (...args: Parameters<typeof method>) => {
            try {
              return await (method(...args) as Promise<unknown>)
            } finally {
              outbox.wake()
            }
          },
    ]),
  )
  return { contract: implementation.contract, methods }
}

function wakingAfterEachRun(job: Job, outbox: Outbox): Job {
  return {
    ...job,
    run: async (signal) => {
      await job.run(signal)
      outbox.wake()
    },
  }
}
