import { setTimeout as delay } from 'node:timers/promises'
import { pgCode } from './pg-errors.ts'

export interface Patience {
  /** how long to try again, in milliseconds; default ten minutes */
  readonly patienceMs?: number | undefined
  /** told of every try that found the table in use */
  readonly onBusy?: () => void
  /** Whether somebody else does the same work at the moment: that is waited for however long it takes. */
  readonly atWork?: (error: unknown) => boolean
}

/**
 * Does what needs a table for itself, again and again while others use it (lock timeout, deadlock; set `lock_timeout` in the transaction). Others go
 * on between two tries: who queues for a table keeps everybody behind it waiting. Throws the last error when patience ends, others at once.
 */
export async function untilFree<T>(
  work: () => Promise<T>,
  { patienceMs = 600_000, onBusy, atWork = () => false }: Patience = {},
): Promise<T> {
  let until = performance.now() + patienceMs
  for (let pause = 100; ; pause = Math.min(2 * pause, 3000)) {
    const begun = performance.now()
    try {
      return await work()
    } catch (error) {
      if (atWork(error)) {
        await delay(200)
        // it is not this host that is kept from a table
        until += performance.now() - begun
        continue
      }
      const code = pgCode(error) ?? pgCode((error as Error).cause)
      if ((code !== '55P03' && code !== '40P01') || performance.now() > until) throw error
      onBusy?.()
    }
    await delay(pause * (0.5 + Math.random()))
  }
}
