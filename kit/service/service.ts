import type { Static, TObject } from 'typebox'
import type { Logger } from './logger.ts'
import type { ReadChanges } from '#kit/cache/change-list.ts'
import type { Features } from '#kit/core/features.ts'
import type { Db } from '#kit/db/db.ts'
import type { Door } from '#kit/http/door.ts'
import type { Peers } from '#kit/balance/instance.ts'
import type { Route } from '#kit/http/route.ts'
import type { MailPort } from '#kit/mail/mail.ts'
import type { Memory } from '#kit/memory/memory.ts'
import type { EventDefinition } from '#kit/messaging/event.ts'
import type { Outbox, Reaction } from '#kit/messaging/bus.ts'
import type { ObjectStore } from '#kit/objects/objects.ts'
import type { Processes } from '#kit/process/contract.ts'
import type { RpcClient, RpcContract, RpcImplementation } from '#kit/rpc/rpc.ts'

/** Everything the host hands to a service. No globals, no container: a service's functions take what they need from here. */
export interface ServiceKit<Settings = unknown> {
  readonly name: string
  readonly db: Db
  readonly settings: Settings
  readonly log: Logger
  readonly outbox: Outbox
  readonly objects: ObjectStore
  readonly mail: MailPort
  /** what processes remember together and may lose */
  readonly memory: Memory
  readonly processes: Processes
  /** Client of another service: in-process when it runs in the same host. */
  rpc<C extends RpcContract>(contract: C): RpcClient<C>
  /** 32+ random bytes that are the same in every process of this installation, derived per purpose (signing, encryption). */
  secret(purpose: string): Buffer
  /** services that run in other processes, and where */
  readonly peers: Peers
  /** what is switched on at the moment */
  readonly features: Features
  /** this process runs no other service */
  readonly alone: boolean
  /** true: `peers` follow a registry, so that versions come and go while we run */
  readonly discovers: boolean
  /** names of all services of the installation, wherever they run */
  readonly installation: readonly string[]
  /** base URL under which shoppers reach the shop, for links in mails */
  readonly publicUrl: string
  /** `development` shows the mailbox, simulated clocks and preview routes; `production` does not have them */
  readonly environment: 'development' | 'test' | 'production'
}

/** Work done by the clock in the background process; one winner in the cluster at a time. */
export interface Job {
  readonly name: string
  readonly everySeconds: number
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** How a service listens to the bus, where that is not: everything it has a reaction for, within a few milliseconds. */
export interface Attention {
  /** Nobody waits for the effects: events are collected for this long, on a busy machine for longer, for fewer and larger transactions. */
  readonly pauseMs?: number
  /**
   * Says which of the types are wanted at the moment; the others are passed over without a transaction. Asked once for every batch
   * that was read, so an answer from the database is right for every event committed after what it depends on.
   */
  readonly wanted?: () => Promise<(type: string) => boolean>
}

/** Something that goes on until it is closed. */
export interface Opened {
  /** The process is about to stop: whoever waits here for something to happen is answered at once. */
  letGo?(): void
  close(): Promise<void>
}

/** A statement that returns a row for every violation of a rule; run by `souk invariants`. */
export interface Invariant {
  /** RELIABILITY id and sentence: `I1 stock is never negative` */
  readonly name: string
  readonly sql: string
}

export interface Apart {
  /** its process where services are grouped: with what shoppers wait for, or (default) with what works behind */
  readonly group?: 'shop' | 'back-office'
  /** The others need it to start: lower begins first and ends last. Default: after all that have one. */
  readonly order?: number
  /** Settings by which the others find it; `{url}` is where it runs. Processes that have a REGISTRY_URL need no list of each other. */
  readonly tells?: Readonly<Record<string, string>>
}

/** A number of the business for dashboards. The same in every process: whoever sums processes counts twice. */
export interface Figure {
  /** `orders_last_day`: snake case, with the service's word first */
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
  readonly read: () => Promise<readonly { readonly value: number; readonly labels?: Record<string, string> }[]>
}

export interface ServiceDefinition<Deps, S extends TObject = TObject> {
  /** folder name, schema, consumer group, path segment */
  name: string
  /** its own port when it runs alone */
  port: number
  /** model: has rules and states; crud; projection; script; infra */
  kind: 'model' | 'crud' | 'projection' | 'script' | 'infra'
  summary: string
  /** Where it runs when the shop is split into processes (`souk stack`). */
  apart?: Apart
  /** folder of numbered plain SQL files: `new URL('./migrations/', import.meta.url)` */
  migrations?: URL
  /** settings of its own; environment name is `<SERVICE>_<KEY>` in upper snake case */
  settings?: S
  /** Shoppers' questions (`db.brief`) have connections of their own here, as many again as the service has; without, such a question costs two round trips more. */
  brief?: boolean
  /** Builds what the parts below share. No I/O here. */
  create: (kit: ServiceKit<Static<S>>) => Deps
  routes?: (deps: Deps) => readonly Route[]
  /** This service stands before the others: what happens to requests on their way to them. */
  door?: (deps: Deps) => Door
  rpc?: (deps: Deps) => RpcImplementation
  reactions?: (deps: Deps) => readonly Reaction[]
  attention?: (deps: Deps) => Attention
  jobs?: (deps: Deps) => readonly Job[]
  /** What kept answers are made from, where more than the service's own list of changes tells it. */
  changes?: (deps: Deps) => ReadChanges
  /** events of any shape; `Omit` drops the call signature, which would tie the list to one */
  publishes?: readonly Omit<EventDefinition, never>[]
  /** Tables whose changes are published row by row, as `<schema>.<table>`; they must hold no personal data. */
  rowChanges?: readonly string[]
  invariants?: readonly Invariant[]
  /** What each process that answers HTTP keeps going meanwhile: a copy in memory that follows its source. Opened before it listens. */
  open?: (deps: Deps) => Promise<Opened>
  /** What the business wants to see as numbers: few and cheap, asked at most every quarter of a minute. */
  figures?: (deps: Deps) => readonly Figure[]
  /** Details for /actuator/health; throw to report DOWN. */
  health?: (deps: Deps) => Promise<Record<string, unknown>>
  /** First data of a fresh installation: roles, default channel, tax classes. Idempotent; run after migrations. */
  bootstrap?: (deps: Deps) => Promise<void>
  /** Demo data for an empty shop, made through the service's own commands. Services are seeded in order of their ports. */
  seed?: (deps: Deps) => Promise<void>
}

export type Service = ServiceDefinition<unknown, TObject>

/** The table of contents of a service: everything it is, in one value. The host finds it by its folder. */
export function defineService<Deps, S extends TObject = TObject>(definition: ServiceDefinition<Deps, S>): Service {
  return definition as unknown as Service
}
