import { circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel'
import { isRefusal } from '#kit/db/pg-errors.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { SearchEngine } from './engine.ts'

const FAILURES = 3
const TRY_AGAIN_MS = 5_000

export interface FallbackState {
  readonly open: boolean
  /** questions the second engine answered because the first one could not */
  readonly fallbacks: number
}

/**
 * The shop still searches when its search engine is gone: a question that it does not answer is asked of the second one, and after some of them
 * it is not asked for a while. What the database refuses on the way is no failure of the engine, and the second one would ask the same database: that
 * error is the answer.
 */
export function withFallback(first: SearchEngine, second: SearchEngine, log: Logger): SearchEngine & { state(): FallbackState } {
  const breaker = circuitBreaker(
    handleWhen((error) => !isRefusal(error)),
    { halfOpenAfter: TRY_AGAIN_MS, breaker: new ConsecutiveBreaker(FAILURES) },
  )
  let open = false
  let fallbacks = 0
  breaker.onBreak((reason) => {
    open = true
    log.warn(
      { error: String('error' in reason ? reason.error : reason) },
      `${first.name} does not answer: ${second.name} searches instead`,
    )
  })
  breaker.onReset(() => {
    open = false
    log.info({}, `${first.name} answers again`)
  })
  return {
    name: first.name,
    state: () => ({ open, fallbacks }),
    async find(question) {
      try {
        return await breaker.execute(() => first.find(question))
      } catch (error) {
        if (isRefusal(error)) throw error
        fallbacks += 1
        return await second.find(question)
      }
    },
  }
}
