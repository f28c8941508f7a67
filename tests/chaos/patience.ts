import { setTimeout as delay } from 'node:timers/promises'

/** Asks again until it goes well: a shop that is being started, or has too much to do, says so and is asked later. */
export async function patiently<T>(ask: () => Promise<T>, tries = 120): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await ask()
    } catch (error) {
      if (left <= 1) throw error
      await delay(250)
    }
  }
}
