import Type, { type TObject, type TProperties } from 'typebox'
import type { CommandRequest, Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { errors } from './errors.ts'
import type { Asked, OtherProcesses } from './other-processes.ts'

type Request = Pick<CommandRequest, keyof Asked['request'] | 'principal'>

/** What an answer over all processes says beside its own. */
export interface Unanswered {
  readonly unanswered?: string[]
}

/** The schema of an answer over all processes. */
export function across<P extends TProperties>({ properties }: TObject<P>) {
  return closed({
    ...properties,
    unanswered: Type.Optional(
      Type.Array(Type.String(), {
        description: 'services, or processes, that did not answer in time; only where services run in processes of their own',
      }),
    ),
  })
}

/** With the refusal that callers of every such route should expect. */
const withUnanswered = (route: Route): Route => ({
  ...route,
  spec: { ...route.spec, errors: [...(route.spec.errors ?? []), errors.unanswered] },
})

/**
 * A route about one service: where that runs elsewhere, a process that runs it is asked the same. Where all services run here the route
 * stays what it is.
 */
export function toOne(
  others: OtherProcesses | undefined,
  serviceOf: (request: Request) => string | undefined,
  given: Route,
): Route {
  const route = withUnanswered(given)
  if (!others) return route
  return {
    ...route,
    async handle(request) {
      const service = serviceOf(request)
      if (service === undefined || others.about(request.headers) || !others.services.includes(service))
        return await route.handle(request)
      return await answerOf(others, service, { route, request })
    },
  }
}

async function answerOf(others: OtherProcesses, service: string, asked: Asked): Promise<unknown> {
  const answer = await others.askOne(service, asked)
  if (!answer) throw errors.unanswered({ services: [service] })
  return answer.body
}

export interface ToAll<T> {
  /** the service that the request names: nobody else is asked, and what it refuses is refused */
  readonly serviceOf?: (request: Request) => string | undefined
  /** the only services that have something; default all */
  readonly services?: readonly string[]
  /** Puts the answers of several processes together, this one's first. */
  readonly merge: (answers: readonly T[], request: Request) => T
}

/**
 * A route over all services: each process answers for its own, and the one that was asked puts the answers together and names those who gave
 * none. A process that another one of ours asks answers for itself. Where all services run here the route stays what it is.
 */
export function toAll<T extends Unanswered>(
  others: OtherProcesses | undefined,
  { serviceOf, services, merge }: ToAll<T>,
  given: Route,
): Route {
  const route = withUnanswered(given)
  if (!others) return route
  return {
    ...route,
    async handle(request) {
      if (others.about(request.headers)) return await route.handle(request)
      const service = serviceOf?.(request)
      const elsewhere = others.services.filter((name) => services?.includes(name) ?? true)
      const asked = { route, request }
      if (service !== undefined) {
        if (!elsewhere.includes(service)) return await route.handle(request)
        return { ...merge([(await answerOf(others, service, asked)) as T], request), unanswered: [] }
      }
      const [own, told] = await Promise.all([route.handle(request) as Promise<T>, others.askServices<T>(elsewhere, asked)])
      const answers = [own, ...told.answers.map(({ body }) => body)]
      return { ...merge(answers, request), unanswered: [...told.unanswered] }
    },
  }
}
