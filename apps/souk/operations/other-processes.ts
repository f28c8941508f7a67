import { DomainError, type ErrorKind, type FieldError } from '#kit/core/errors.ts'
import { currentContext } from '#kit/core/context.ts'
import type { Peers } from '#kit/balance/instance.ts'
import { neverConnected } from '#kit/balance/never-connected.ts'
import { createVouching, createVouchReader, VOUCHED_CLIENT } from '#kit/http/forward/vouch.ts'
import { statusOfKind, TURNED_AWAY } from '#kit/http/problem.ts'
import type { Route, RouteRequest } from '#kit/http/route.ts'
import { traceparent } from '#kit/tracing/traceparent.ts'

/** A route with what its caller asked: another process is asked the same. */
export interface Asked {
  readonly route: Pick<Route, 'method' | 'path'>
  readonly request: Pick<RouteRequest, 'params' | 'query' | 'body' | 'headers' | 'ip'>
}

/** What one process said. */
export interface Said<T> {
  /** its services and its address, for people */
  readonly process: string
  readonly body: T
}

export interface Told<T> {
  readonly answers: readonly Said<T>[]
  /** services, or processes, that did not answer in time */
  readonly unanswered: readonly string[]
}

/** Processes of the shop that run beside this one, asked by the same routes over HTTP, as the caller who asks here. */
export interface OtherProcesses {
  /** services that run elsewhere */
  readonly services: readonly string[]
  /** This process among the others, for people. */
  readonly self: string
  /** Another process of ours asks, and of no more than these services. Undefined: somebody else asks, and wants to know of all. */
  about(headers: RouteRequest['headers']): readonly string[] | undefined
  /**
   * What lies in databases: each service is asked once, however many instances it has. Another instance where the first gives no answer, but
   * for a command only where the first has not begun it: one that was sent may be done, whatever was heard of it.
   */
  askServices<T>(services: readonly string[], asked: Asked): Promise<Told<T>>
  /** What each process has in its memory. */
  askEach<T>(asked: Asked): Promise<Told<T>>
  /** The one service that has it. Throws what it refuses; undefined: it gives no answer, but may do what it was told. */
  askOne(service: string, asked: Asked): Promise<{ readonly body: unknown } | undefined>
}

export interface OtherProcessesOptions {
  /** services that run here */
  readonly here: readonly string[]
  readonly peers: Peers
  /** the one by which processes of the installation vouch for whom they ask */
  readonly secret: Buffer
  /** for one process that is asked for something; default 3,000 */
  readonly patienceMs?: number
  /** for a command, all instances together: less than the handler may take that waits for it */
  readonly commandPatienceMs: number
}

/** Of which services a process of ours asks; it counts only beside the word of a process of ours. */
const ABOUT = 'x-souk-about'
/** Instances of a service that are asked, one after the other. */
const TRIES = 2
/** Shorter than a request of staff may take, also twice. */
const PATIENCE_MS = 3_000

/** No answer; `elsewhere`: another instance may be asked the same. */
interface Unanswered {
  readonly elsewhere: boolean
}
type Answer = { readonly body: unknown } | { readonly refused: DomainError }

export function createOtherProcesses(options: OtherProcessesOptions): OtherProcesses {
  const { here, peers, secret, patienceMs = PATIENCE_MS, commandPatienceMs } = options
  const vouch = createVouching(secret)
  const vouched = createVouchReader(secret)

  async function ask(url: string, services: readonly string[], { route, request }: Asked, signal: AbortSignal) {
    const { authorization } = request.headers
    const work = currentContext()
    const answer = await fetch(`${url}${addressOf(route.path, request)}`, {
      method: route.method,
      redirect: 'error',
      headers: {
        accept: 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
        [ABOUT]: services.join(','),
        [VOUCHED_CLIENT]: vouch(request.ip),
        traceparent: traceparent(work),
        'x-correlation-id': work.correlationId,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal,
    })
    const text = await answer.text()
    if (answer.headers.has(TURNED_AWAY)) return { elsewhere: true }
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    if (answer.ok) return { body }
    if (reads(route) && (answer.status >= 500 || answer.status === 429)) return { elsewhere: true }
    return { refused: refusalOf(answer, body) }
  }

  const patienceWith = ({ route }: Asked) => AbortSignal.timeout(reads(route) ? patienceMs : commandPatienceMs)

  const asked = (url: string, services: readonly string[], what: Asked, signal: AbortSignal): Promise<Answer | Unanswered> =>
    ask(url, services, what, signal).catch((error: Error) => ({ elsewhere: reads(what.route) || neverConnected(error.cause) }))

  /** Asks for each service one instance that was not asked yet; services on one instance at once. */
  async function askOnce(services: readonly string[], tried: ReadonlySet<string>, what: Asked, signal: AbortSignal) {
    const next = (service: string) => (peers.get(service) ?? []).map(({ url }) => url).find((url) => !tried.has(url))
    const places = [...Map.groupBy(services, next)].flatMap(([url, of]) => (url === undefined ? [] : [{ url, of }]))
    return await Promise.all(places.map(async ({ url, of }) => ({ url, of, outcome: await asked(url, of, what, signal) })))
  }

  async function askServices(services: readonly string[], what: Asked) {
    const heard: { readonly url: string; readonly of: readonly string[]; readonly outcome: Answer }[] = []
    const tried = new Set<string>()
    const over = new Set<string>()
    let left = services
    // one for all its tries: whoever waits for a command does so only as long as the handler may take
    const whole = reads(what.route) ? undefined : patienceWith(what)
    for (let turn = 0; turn < TRIES && left.length > 0; turn += 1) {
      const found = await askOnce(left, tried, what, whole ?? patienceWith(what))
      for (const { url, of, outcome } of found) {
        tried.add(url)
        if (!('elsewhere' in outcome)) heard.push({ url, of, outcome })
        else if (outcome.elsewhere) continue
        for (const service of of) over.add(service)
      }
      left = services.filter((service) => !over.has(service))
    }
    const answered = new Set(heard.flatMap(({ of }) => of))
    return { heard, left: services.filter((service) => !answered.has(service)) }
  }

  return {
    get services() {
      return [...peers.keys()]
    },
    self: nameOf(here),
    about(headers) {
      const list = headers[ABOUT]
      if (list === undefined || vouched(headers) === undefined) return undefined
      return list.split(',')
    },
    async askServices<T>(services: readonly string[], what: Asked) {
      const { heard, left } = await askServices(services, what)
      const answers = heard.flatMap(({ url, of, outcome }) =>
        'body' in outcome ? [{ process: nameOf(of, url), body: outcome.body as T }] : [],
      )
      const refused = heard.flatMap(({ of, outcome }) => ('refused' in outcome ? of : []))
      return { answers, unanswered: [...left, ...refused].sort() }
    },
    async askEach<T>(what: Asked) {
      const byUrl = Map.groupBy(
        [...peers].flatMap(([service, instances]) => instances.map(({ url }) => ({ service, url }))),
        ({ url }) => url,
      )
      const nowhere = [...peers].flatMap(([service, instances]) => (instances.length === 0 ? [service] : []))
      const all = await Promise.all(
        [...byUrl].map(async ([url, list]) => {
          const of = list.map(({ service }) => service)
          return { process: nameOf(of, url), outcome: await asked(url, of, what, patienceWith(what)) }
        }),
      )
      return {
        answers: all.flatMap(({ process, outcome }) => ('body' in outcome ? [{ process, body: outcome.body as T }] : [])),
        unanswered: [...nowhere, ...all.flatMap(({ process, outcome }) => ('body' in outcome ? [] : [process]))].sort(),
      }
    },
    async askOne(service, what) {
      const outcome = (await askServices([service], what)).heard[0]?.outcome
      if (outcome && 'refused' in outcome) throw outcome.refused
      return outcome
    },
  }
}

/** `orders (10.0.0.7:8086)`, `auth and 8 more` */
function nameOf(services: readonly string[], url?: string): string {
  const [first = 'souk', ...more] = services
  const name = more.length > 0 ? `${first} and ${more.length} more` : first
  return url === undefined ? name : `${name} (${new URL(url).host})`
}

function addressOf(path: string, { params, query }: Asked['request']): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String((params as Record<string, unknown>)[name])),
  )
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>))
    if (value !== undefined) given.append(name, String(value))
  return given.size === 0 ? filled : `${filled}?${given}`
}

/** Whoever asks changes nothing: it may be asked again, of anybody. */
const reads = ({ method }: Asked['route']): boolean => method === 'GET'

interface Problem {
  readonly code?: string
  readonly detail?: string
  readonly details?: Record<string, unknown>
  readonly errors?: FieldError[]
}

/** What the other process refused, as if it had been refused here. */
function refusalOf({ status, headers }: Response, body: unknown): DomainError {
  const { code = 'operations/refused', detail = '', details = {}, errors: fields = [] } = (body ?? {}) as Problem
  const wait = Number(headers.get('retry-after'))
  const kind = (Object.keys(statusOfKind) as ErrorKind[]).find((one) => statusOfKind[one] === status) ?? 'unavailable'
  return new DomainError(kind, code, detail, { details, fields, ...(wait > 0 ? { retryAfterSeconds: wait } : {}) })
}
