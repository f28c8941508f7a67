import type { Dispatcher } from 'undici'
import type { PoolLine } from './pool-line.ts'
import type { Instance } from '#kit/balance/instance.ts'
import { neverConnected } from '#kit/balance/never-connected.ts'
import { DomainError } from '#kit/core/errors.ts'

/** Why a call was aborted, as the reason of its signal. */
export const LATE = new Error('no answer in time')
export const GONE = new Error('the caller went away')

/** What came of one attempt: the service answered, or what went wrong on the road. */
export type Outcome = 'answered' | 'unreachable' | 'refused' | 'late' | 'abandoned'

export interface AttemptEnd {
  readonly instance: Instance<PoolLine>
  readonly outcome: Outcome
  readonly milliseconds: number
  /** 0 for the first */
  readonly attempt: number
}

/** The service has not answered: something on the way to it kept it from doing so. */
export class RoadError extends Error {
  readonly outcome: Outcome
  constructor(outcome: Outcome, cause?: unknown) {
    super(`the service did not answer: ${outcome}`, { cause })
    this.outcome = outcome
  }

  get worthAnotherTry(): boolean {
    return this.outcome === 'unreachable' || this.outcome === 'refused'
  }

  /** No connection came about: the request cannot have arrived, and whatever it asks for, another instance may have it. */
  get neverSent(): boolean {
    return this.outcome === 'unreachable' && neverConnected(this.cause)
  }
}

/** Statuses with which something on the road answers (a proxy, a process that is starting), if it is no problem of our own. */
const OF_THE_ROAD: ReadonlySet<number> = new Set([502, 503, 504])

/** One attempt, counted and judged. Rejects with a RoadError when the service has not said anything. */
export async function attempt(
  instance: Instance<PoolLine>,
  call: Dispatcher.RequestOptions,
  number: number,
  tell: (end: AttemptEnd) => void,
): Promise<Dispatcher.ResponseData> {
  const begun = performance.now()
  const ticket = instance.breaker.begin()
  instance.enter()
  const end = (outcome: Outcome, nobody = false) => {
    if (outcome === 'answered') instance.breaker.succeeded(ticket)
    else if (outcome === 'abandoned') instance.breaker.forget(ticket)
    else {
      instance.failures += 1
      instance.breaker.failed(ticket, nobody)
    }
    tell({ instance, outcome, milliseconds: performance.now() - begun, attempt: number })
  }
  let answer: Dispatcher.ResponseData
  try {
    answer = await instance.line.pool.request(call)
  } catch (error) {
    instance.leave()
    const outcome = outcomeOf(error, call.signal as AbortSignal)
    end(outcome, (error as NodeJS.ErrnoException).code === 'ECONNREFUSED')
    throw error instanceof DomainError ? error : new RoadError(outcome, error)
  }
  answer.body.once('close', () => instance.leave())
  // An answer that breaks off destroys the client's connection, which says it; there is nobody else to tell.
  answer.body.on('error', () => undefined)
  if (!OF_THE_ROAD.has(answer.statusCode) || saysSoItself(answer)) {
    end('answered')
    return answer
  }
  answer.body.dump().catch(() => undefined)
  end('refused')
  throw new RoadError('refused')
}

function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (signal.reason === LATE) return 'late'
  if (signal.reason === GONE || error instanceof DomainError) return 'abandoned'
  return 'unreachable'
}

/** A problem of the service's own: it has understood the request and said no. Asking again would not help it. */
function saysSoItself({ headers }: Dispatcher.ResponseData): boolean {
  return String(headers['content-type'] ?? '').startsWith('application/problem+json')
}
