import { setTimeout as delay } from 'node:timers/promises'

/**
 * Tries `check` again and again until it stops throwing, and returns what it returned. Use it instead of a sleep.
 * After `timeoutMs` the last error is thrown: 15 s by default, which is patience with a busy machine and no promise of the shop.
 * `everyMs` is the pause between tries; without it the pauses grow from 10 ms to 100 ms, so that whoever waits does not
 * keep the shop from getting there.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 15_000, everyMs }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (let pause = everyMs ?? 10; ; pause = everyMs ?? Math.min(pause * 1.25, 100)) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() >= deadline) throw error
      await delay(pause)
    }
  }
}
