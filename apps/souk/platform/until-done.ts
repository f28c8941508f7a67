import { setTimeout as delay } from 'node:timers/promises'
import { isTransient } from '#kit/core/errors.ts'
import type { Logger } from '#kit/service/logger.ts'

export interface Attempts {
  /** Settles with the first attempt: fulfilled when it succeeded, or will be repeated; rejected when repeating is no use. */
  readonly done: Promise<void>
  stop(): void
}

/** Does something that needs another service; with `again` every second until that one answers. */
export function untilDone(
  work: () => Promise<void>,
  { again: repeat, log, what }: { again: boolean; log: Logger; what: string },
): Attempts {
  const stopping = new AbortController()
  const again = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await delay(1_000, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined)
      if (stopping.signal.aborted) return
      try {
        return await work()
      } catch (error) {
        log.debug({ err: error }, what)
      }
    }
  }
  const done = work().catch((error: unknown) => {
    if (!repeat || !isTransient(error)) throw error
    log.info({ err: error }, what)
    void again()
  })
  done.catch(() => undefined)
  return { done, stop: () => stopping.abort() }
}

interface Patience {
  /** then the last error is thrown; default: as long as it takes */
  readonly tries?: number
  readonly signal?: AbortSignal
  readonly log: Logger
  readonly what: string
}

/** Does something at once, and every second again while it is refused for the moment: on a busy machine locks and connections are late. */
export async function patiently<T>(work: () => Promise<T>, { tries = Infinity, signal, log, what }: Patience): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isTransient(error) || tried >= tries || signal?.aborted) throw error
      log.info({ err: error }, what)
      await delay(1_000, undefined, signal ? { signal } : {})
    }
  }
}
