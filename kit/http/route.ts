import type { Static, TSchema } from 'typebox'
import type { Priority } from './load-shedding.ts'
import type { ErrorFactory } from '#kit/core/errors.ts'
import { anonymous, type Principal } from '#kit/core/principal.ts'
import type { Tx } from '#kit/db/db.ts'
import type { Once } from './once.ts'

/**
 * Who may call a route. Every route declares one; a route without stops the boot.
 * - `anyone`: no token needed
 * - `signed-in`: any user
 * - `permission`: users whose token carries it; with `programs` also programs that show a name and a password (setting PROGRAMS)
 * - `owner`: the handler itself compares the object with the principal (or a guest's secret); `permission` lets staff pass
 * - `internal`: our own services only, never through the gateway from outside
 */
export type Access =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'permission'; readonly permission: string; readonly programs?: true }
  | { readonly kind: 'owner'; readonly permission: string; readonly guests: boolean }
  | { readonly kind: 'internal' }

export const anyone: Access = { kind: 'anyone' }
export const signedIn: Access = { kind: 'signed-in' }
export const internal: Access = { kind: 'internal' }
export const can = (permission: string): Access => ({ kind: 'permission', permission })
/** As `can`, and programs that are not ours, by Basic authentication: other companies' clients of a protocol know nothing else. */
export const programOr = (permission: string): Access => ({ kind: 'permission', permission, programs: true })
/** The owner, or staff holding `permission`. Other people's objects answer 404, exactly as objects that do not exist. */
export const ownerOr = (permission: string): Access => ({ kind: 'owner', permission, guests: false })
/** As `ownerOr`, and a guest who shows the object's secret. */
export const ownerGuestOr = (permission: string): Access => ({ kind: 'owner', permission, guests: true })

export interface RouteRequest<P = unknown, Q = unknown, B = unknown> {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly principal: Principal
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly ip: string
  /** BCP 47 tag negotiated from ?locale and Accept-Language, one of the channel's languages */
  readonly locale: string
  /** sales channel key, from X-Channel, host or default */
  readonly channel: string
  /** version named by If-Match on a `versioned` route */
  readonly expectedVersion: number | undefined
  readonly idempotencyKey: string | undefined
  /** on a `cached` route whose answers are kept: what its `variant` said; the answer will be kept under it */
  readonly variant?: string | undefined
  /** the raw body, only where the route declares `rawBody` (webhook signatures) */
  readonly rawBody: Buffer | undefined
}

/** An unsafe request runs in one transaction, committed together with its Idempotency-Key record. */
export interface CommandRequest<P = unknown, Q = unknown, B = unknown> extends RouteRequest<P, Q, B> {
  readonly tx: Tx
  /** the Idempotency-Key of a `shared` route, for its statement; undefined where the caller sent none */
  readonly once: Once | undefined
}

/**
 * The answers of a GET may be kept in memory and served again, to everybody for whom `variant` is the same. Path, query,
 * channel and language tell answers apart by themselves. Tags are those of the service's list of changes (kit/cache).
 */
export interface Cached {
  /** what every answer of the route is made from; a Reply can name more */
  readonly tags: readonly string[]
  /** longest time an answer is kept */
  readonly seconds: number
  /** What else the answer depends on: the price group of who asks. Asked before every answer, so it has to be quick. */
  readonly variant?: (asker: Asker) => string | Promise<string>
  /** Told of every answer that could be kept, also when it came from memory: statistics. */
  readonly served?: (asker: Asker, note: unknown) => void
}

/** Who asks, as far as it matters to answers that are kept. */
export type Asker = Pick<RouteRequest, 'principal' | 'headers' | 'channel'>
/** Somebody without a token is nobody: asking who it is would make the answer private and keep it out of shared caches. */
export const askerOf = (request: Asker): Principal =>
  request.headers['authorization'] === undefined ? anonymous : request.principal

/** What a handler returns when the plain body is not enough. */
export class Reply<T = unknown> {
  readonly body: T
  readonly status: number | undefined
  readonly headers: Record<string, string>
  /** on a `cached` route: more tags, a shorter time and a note for `served`; or false: not to be kept */
  readonly cache: false | { readonly tags?: readonly string[]; readonly seconds?: number; readonly note?: unknown } | undefined
  constructor(body: T, options: { status?: number; headers?: Record<string, string>; cache?: Reply['cache'] } = {}) {
    this.body = body
    this.cache = options.cache
    this.status = options.status
    this.headers = options.headers ?? {}
  }
}

type Schemas = {
  params?: TSchema
  query?: TSchema
  body?: TSchema
  response?: TSchema
}
type Of<S> = S extends TSchema ? Static<S> : unknown

export interface RouteSpec<S extends Schemas = Schemas> {
  access: Access
  summary: string
  description?: string
  params?: S['params']
  query?: S['query']
  body?: S['body']
  /** schema of the success body; omit for 204 or non-JSON */
  response?: S['response']
  /** success status: default 200, 204 without `response` */
  status?: number
  /** other statuses of success with the same body, for OpenAPI */
  alsoStatus?: readonly number[]
  /** errors a caller should expect, for OpenAPI */
  errors?: readonly ErrorFactory[]
  /** response carries `version`: sent as ETag, If-Match understood */
  versioned?: boolean
  /** Content type of a non-JSON success body (`application/pdf`, `text/html`) */
  produces?: string
  /** other types the handler may answer with, for OpenAPI */
  alsoProduces?: readonly string[]
  rawBody?: boolean
  /** GET only */
  cached?: Cached
  /** The answer goes on until one side ends it: it counts neither as work in hand nor as a time to answer. */
  endless?: boolean
  /** Under overload reads give way first (`low`), then commands (`normal`), last what is `high`: paying. `aside`: slow on purpose, in a line of its own. */
  priority?: Priority
  /** bytes; default 64 KiB */
  bodyLimit?: number
  /** multipart or raw upload: body is a Buffer */
  consumes?: string
  /** requests per minute and client, where the default is too many */
  rateLimit?: { max: number; windowSeconds: number }
  /**
   * `transaction` (default for POST, PUT, PATCH, DELETE): kit opens the transaction and stores the key's answer in it.
   * `handler`: the handler keeps its own idempotency (checkout: the persisted process is the record).
   * `shared`: there is no transaction (`tx` throws); the handler does its write in one statement, which it may share with other requests, and
   * which keeps the key (`once`, see once.ts) with its effect. For hot paths: one round trip and one commit for many requests.
   * `none`: safe to repeat as it is; kit opens the transaction.
   * `read`: changes nothing, and is no GET because what it asks with is long or secret. There is no transaction, as with a GET: one that is held
   * while the handler asks the pool for a second connection lets many such requests wait for each other.
   */
  idempotency?: 'transaction' | 'shared' | 'handler' | 'none' | 'read'
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Fastify style: `/api/orders/:id` */
  readonly path: string
  readonly spec: RouteSpec
  readonly handle: (request: CommandRequest) => Promise<unknown>
}

type Handle<S extends Schemas, R> = (request: R) => Promise<Of<S['response']> | Reply<unknown>>
type Read<S extends Schemas> = RouteRequest<Of<S['params']>, Of<S['query']>, Of<S['body']>>
type Write<S extends Schemas> = CommandRequest<Of<S['params']>, Of<S['query']>, Of<S['body']>>

export function get<S extends Schemas>(path: string, spec: RouteSpec<S> & S, handle: Handle<S, Read<S>>): Route {
  return { method: 'GET', path, spec, handle: handle as Route['handle'] }
}
const unsafe =
  (method: Route['method']) =>
  <S extends Schemas>(path: string, spec: RouteSpec<S> & S, handle: Handle<S, Write<S>>): Route => ({
    method,
    path,
    spec,
    handle: handle as Route['handle'],
  })
export const post = unsafe('POST')
export const put = unsafe('PUT')
export const patch = unsafe('PATCH')
export const del = unsafe('DELETE')
