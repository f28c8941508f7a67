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
