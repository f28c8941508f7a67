import { setTimeout as delay } from 'node:timers/promises'

/**
 * Tries `check` again and again until it stops throwing, and returns what it returned. Use it instead of a sleep.
 * After `timeoutMs` (5000) the last error is thrown. `everyMs` (10) is the pause between tries.
 */
export async function eventually<T>(check: () => T | Promise<T>, { timeoutMs = 5000, everyMs = 10 } = {}): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() >= deadline) throw error
      await delay(everyMs)
    }
  }
}
