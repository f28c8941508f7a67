import { DomainError, type ErrorKind } from '#kit/core/errors.ts'
import { currentContext } from '#kit/core/context.ts'
import type { Peers } from '#kit/http/forward/upstream.ts'
import { createVouching, createVouchReader, VOUCHED_CLIENT } from '#kit/http/forward/vouch.ts'
import { statusOfKind } from '#kit/http/problem.ts'
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
  /** What lies in databases: each service is asked once, however many instances it has; another instance where the first gives no answer. */
  askServices<T>(services: readonly string[], asked: Asked): Promise<Told<T>>
  /** What each process has in its memory. */
  askEach<T>(asked: Asked): Promise<Told<T>>
  /** The one service that has it. Throws what it refuses; undefined: it gives no answer. */
  askOne(service: string, asked: Asked): Promise<{ readonly body: unknown } | undefined>
}

export interface OtherProcessesOptions {
  /** services that run here */
  readonly here: readonly string[]
  readonly peers: Peers
  /** the one by which processes of the installation vouch for whom they ask */
  readonly secret: Buffer
  /** for one process; default 3,000 */
  readonly patienceMs?: number
}

/** Of which services a process of ours asks; it counts only beside the word of a process of ours. */
const ABOUT = 'x-souk-about'
/** Instances of a service that are asked, one after the other. */
const TRIES = 2
/** Shorter than a request of staff may take, also twice. */
const PATIENCE_MS = 3_000

/** undefined: no answer */
type Outcome = { readonly body: unknown } | { readonly refused: DomainError } | undefined

export function createOtherProcesses({ here, peers, secret, patienceMs = PATIENCE_MS }: OtherProcessesOptions): OtherProcesses {
  const vouch = createVouching(secret)
  const vouched = createVouchReader(secret)

  async function ask(url: string, services: readonly string[], { route, request }: Asked): Promise<Outcome> {
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
      signal: AbortSignal.timeout(patienceMs),
    })
    const text = await answer.text()
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    if (answer.ok) return { body }
    return answer.status < 500 && answer.status !== 429 ? { refused: refusalOf(answer.status, body) } : undefined
  }

  const asked = (url: string, services: readonly string[], what: Asked): Promise<Outcome> =>
    ask(url, services, what).catch(() => undefined)

  /** Asks for each service one instance that was not asked yet; services on one instance at once. */
  async function askOnce(services: readonly string[], tried: ReadonlySet<string>, what: Asked) {
    const next = (service: string) => (peers.get(service) ?? []).map(({ url }) => url).find((url) => !tried.has(url))
    const places = [...Map.groupBy(services, next)].flatMap(([url, of]) => (url === undefined ? [] : [{ url, of }]))
    return await Promise.all(places.map(async ({ url, of }) => ({ url, of, outcome: await asked(url, of, what) })))
  }

  async function askServices(services: readonly string[], what: Asked) {
    const heard: { readonly url: string; readonly of: readonly string[]; readonly outcome: NonNullable<Outcome> }[] = []
    const tried = new Set<string>()
    let left = services
    for (let turn = 0; turn < TRIES && left.length > 0; turn += 1) {
      const found = await askOnce(left, tried, what)
      for (const { url, of, outcome } of found) {
        tried.add(url)
        if (outcome) heard.push({ url, of, outcome })
      }
      const answered = new Set(heard.flatMap(({ of }) => of))
      left = services.filter((service) => !answered.has(service))
    }
    return { heard, left }
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
          return { process: nameOf(of, url), outcome: await asked(url, of, what) }
        }),
      )
      return {
        answers: all.flatMap(({ process, outcome }) =>
          outcome && 'body' in outcome ? [{ process, body: outcome.body as T }] : [],
        ),
        unanswered: [
          ...nowhere,
          ...all.flatMap(({ process, outcome }) => (outcome && 'body' in outcome ? [] : [process])),
        ].sort(),
      }
    },
    async askOne(service, what) {
      const [answer] = (await askServices([service], what)).heard
      if (answer && 'refused' in answer.outcome) throw answer.outcome.refused
      return answer?.outcome as { readonly body: unknown } | undefined
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

/** What the other process refused, as if it had been refused here. */
function refusalOf(status: number, body: unknown): DomainError {
  const {
    code = 'operations/refused',
    detail = '',
    details = {},
  } = (body ?? {}) as Partial<Record<'code' | 'detail', string>> & {
    details?: Record<string, unknown>
  }
  const kind = (Object.keys(statusOfKind) as ErrorKind[]).find((one) => statusOfKind[one] === status) ?? 'unavailable'
  return new DomainError(kind, code, detail, { details })
}
