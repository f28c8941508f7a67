import { setTimeout as delay } from 'node:timers/promises'

/**
 * What PostgreSQL says to one of two sessions that change the same role, or make the same database or role, in one moment. Roles belong to the
 * whole server and advisory locks to one database, so processes that prepare different databases cannot keep apart by a lock.
 */
const COLLISIONS: ReadonlySet<string> = new Set(['42710', '42P04', '23505', '55006', '40P01'])
const TRIES = 40

/** Runs work that may be repeated, again while another session changes the same thing. */
export async function onSharedCatalog<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const { code = '', message = '' } = error as { code?: string; message?: string }
      const collided = COLLISIONS.has(code) || /tuple concurrently (updated|deleted)/.test(message)
      if (!collided || tries >= TRIES) throw error
      await delay(10 + Math.random() * 40)
    }
  }
}
