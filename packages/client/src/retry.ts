import { SoukError, type UnreachableError } from './errors.ts'

export interface RetryPolicy {
  /** tries in all */
  readonly tries: number
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /** a shop that asks for a longer pause is not asked again */
  readonly longestRetryAfterMs: number
}

/** Not what was refused for a reason: only what was too much, not ready or still in work. */
const REPEATABLE = new Set([429, 502, 503, 504])

/** Every request carries what makes it safe to send twice (a safe method or its key), so what matters is what came back. */
export function mayRepeat(failure: SoukError | UnreachableError): boolean {
  return !(failure instanceof SoukError) || REPEATABLE.has(failure.status) || failure.code === 'http/idempotency-in-flight'
}

/** Waits before try `tried + 1`: what `Retry-After` says, else a random part of a pause that doubles (full jitter). */
export async function pauseBefore(
  tried: number,
  failure: SoukError | UnreachableError,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
): Promise<void> {
  const asked = failure instanceof SoukError ? Number(failure.headers.get('retry-after')) * 1000 : 0
  if (asked > policy.longestRetryAfterMs) throw failure
  const pause = asked > 0 ? asked : Math.random() * Math.min(policy.longestPauseMs, policy.firstPauseMs * 2 ** (tried - 1))
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, pause)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}
