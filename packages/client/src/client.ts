import type { Operations } from './generated/operations.ts'
import { type Problem, SoukError, UnreachableError } from './errors.ts'
import { mayRepeat, pauseBefore, type RetryPolicy } from './retry.ts'

export type OperationName = keyof Operations
/** What an operation takes: `path`, `query`, `body` as the API documentation names them. */
export type Input<Name extends OperationName> = Omit<Operations[Name], 'answer'>
/** What it answers: a plain value, `undefined` where there is no body, a `Response` where it is not JSON. */
export type Answer<Name extends OperationName> = Operations[Name]['answer']
/** Operations that answer a page of a list. */
export type ListName = {
  [Name in OperationName]: Answer<Name> extends { items: unknown[]; next?: string | undefined } ? Name : never
}[OperationName]
export type Item<Name extends ListName> = Answer<Name> extends { items: (infer One)[] } ? One : never

export interface CallOptions {
  /** Any text of 8–255 characters. Unsafe requests get one by themselves, the same for every try of this call. */
  readonly idempotencyKey?: string
  /** version the change is based on, as the `etag` of an earlier answer says it */
  readonly ifMatch?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** milliseconds a try may take; default that of the client */
  readonly timeoutMs?: number
  /** What is sent works once, so a second try would only hear that it was used: there is none. */
  readonly once?: boolean
}

type Arguments<Name extends OperationName> =
  Record<string, never> extends Input<Name>
    ? [input?: Input<Name>, options?: CallOptions]
    : [input: Input<Name>, options?: CallOptions]

export interface ClientOptions {
  /** `https://shop.example`; in a page of the shop itself: '' */
  readonly baseUrl: string
  /** Access token of whoever is signed in, asked before every try. */
  readonly token?: () => string | undefined | Promise<string | undefined>
  /** Called once when a token is refused; true: there is a new one, try again. */
  readonly renewToken?: () => Promise<boolean>
  /** sales channel and language of every request */
  readonly channel?: string
  readonly locale?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Where the place of the last change is kept; default: with the client. For those who make a client for each request of one person. */
  readonly seen?: SeenPlace
  readonly fetch?: typeof globalThis.fetch
  /** default: 2 more tries, from 200 ms on, at most 5 s between; `Retry-After` is followed up to 10 s */
  readonly retry?: Partial<RetryPolicy> | false
  /** milliseconds a try may take; default 10,000 */
  readonly timeoutMs?: number
}

/** How far copies of the database have to be for whoever changed something: a text of the shop, good for a minute. */
export interface SeenPlace {
  read(): string | undefined
  write(place: string): void
}

export interface Client {
  /**
   * Calls an operation by its address: `call('GET /api/products/{id}', { path: { id } })`. Tries again what may be repeated: safe
   * requests, and unsafe ones under their Idempotency-Key.
   * @throws SoukError the shop refused: `code`, `status` and `errors` say why
   * @throws UnreachableError no answer came in any try
   */
  call<Name extends OperationName>(name: Name, ...args: Arguments<Name>): Promise<Answer<Name>>
  /** Every entry of a list, page after page, fetched as it is read. */
  each<Name extends ListName>(name: Name, ...args: Arguments<Name>): AsyncGenerator<Item<Name>, void, undefined>
}

interface Loose {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

const DEFAULT_RETRY: RetryPolicy = { tries: 3, firstPauseMs: 200, longestPauseMs: 5_000, longestRetryAfterMs: 10_000 }

export function createClient(options: ClientOptions): Client {
  const policy: RetryPolicy = options.retry === false ? { ...DEFAULT_RETRY, tries: 1 } : { ...DEFAULT_RETRY, ...options.retry }
  const seen = options.seen ?? keptForAMinute()
  const send = options.fetch ?? globalThis.fetch.bind(globalThis)

  async function headersOf(method: string, input: Loose, call: CallOptions): Promise<Headers> {
    const headers = new Headers({ accept: 'application/json', ...options.headers })
    const token = await options.token?.()
    if (token) headers.set('authorization', `Bearer ${token}`)
    if (options.channel) headers.set('x-channel', options.channel)
    if (options.locale) headers.set('accept-language', options.locale)
    if (isJson(input.body)) headers.set('content-type', 'application/json')
    const place = seen.read()
    if (place) headers.set(SEEN_HEADER, place)
    if (call.ifMatch) headers.set('if-match', call.ifMatch)
    if (method !== 'GET') headers.set('idempotency-key', call.idempotencyKey ?? globalThis.crypto.randomUUID())
    for (const [name, value] of Object.entries(call.headers ?? {})) headers.set(name, value)
    return headers
  }

  async function attempt(url: string, init: RequestInit, call: CallOptions): Promise<Response> {
    const limit = AbortSignal.timeout(call.timeoutMs ?? options.timeoutMs ?? 10_000)
    const signal = call.signal ? AbortSignal.any([call.signal, limit]) : limit
    try {
      return await send(url, { ...init, signal })
    } catch (error) {
      if (call.signal?.aborted) throw error
      throw new UnreachableError(url, error)
    }
  }

  async function call(name: string, input: Loose = {}, rest: CallOptions = {}): Promise<unknown> {
    const [method = '', template = ''] = name.split(' ')
    const url = `${options.baseUrl}${addressOf(template, input)}`
    const headers = await headersOf(method, input, rest)
    const body = isJson(input.body) ? JSON.stringify(input.body) : (input.body as RequestInit['body'] | undefined)
    let renewed = false
    for (let tried = 1; ; tried += 1) {
      let failure: SoukError | UnreachableError
      try {
        const response = await attempt(url, { method, headers, ...(body === undefined ? {} : { body }) }, rest)
        const place = response.headers.get(SEEN_HEADER)
        if (place) seen.write(place)
        if (response.ok) return await bodyOf(response)
        failure = new SoukError(await problemOf(response), response.headers)
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error
        failure = error
      }
      if (failure instanceof SoukError && failure.code === 'http/invalid-token' && options.renewToken && !renewed) {
        renewed = true
        if (!(await options.renewToken())) throw failure
        const token = await options.token?.()
        if (token) headers.set('authorization', `Bearer ${token}`)
        continue
      }
      if (rest.once || tried >= policy.tries || !mayRepeat(failure)) throw failure
      await pauseBefore(tried, failure, policy, rest.signal)
    }
  }

  async function* each(name: string, input: Loose = {}, rest: CallOptions = {}): AsyncGenerator<unknown, void, undefined> {
    let cursor: string | undefined
    do {
      const page = (await call(name, { ...input, query: { ...input.query, ...(cursor ? { cursor } : {}) } }, rest)) as {
        items: unknown[]
        next?: string
      }
      yield* page.items
      cursor = page.next
    } while (cursor)
  }

  return { call, each } as Client
}

/** On answers to changes where copies of the database are read; sent along, whichever process answers next sees the change. */
const SEEN_HEADER = 'x-souk-seen'
const SEEN_MS = 60_000

function keptForAMinute(): SeenPlace {
  let kept = { place: '', until: 0 }
  return {
    read: () => (kept.until > Date.now() ? kept.place : undefined),
    write: (place) => {
      kept = { place, until: Date.now() + SEEN_MS }
    },
  }
}

const isJson = (body: unknown): boolean =>
  body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array) && !(body instanceof Blob)

/** `/api/products/{id}` with its parameters, encoded; lists in a query are written with commas. */
function addressOf(template: string, { path = {}, query = {} }: Loose): string {
  const address = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = path[name]
    if (value === undefined) throw new TypeError(`${template} needs path.${name}`)
    return encodeURIComponent(value)
  })
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, Array.isArray(value) ? value.join(',') : String(value))
  }
  return search.size > 0 ? `${address}?${search}` : address
}

async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined
  if (response.headers.get('content-type')?.includes('json')) return await response.json()
  return response
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '')
  try {
    const problem = JSON.parse(text) as Problem
    if (typeof problem.code === 'string') return problem
  } catch {
    // something between here and the shop answered
  }
  return {
    code: 'http/no-problem',
    status: response.status,
    title: response.statusText,
    detail: `The answer was ${response.status}.`,
  }
}
