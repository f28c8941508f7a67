import { killpoint } from '#kit/core/killpoint.ts'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '#kit/service/logger.ts'
import type { Typed } from './process.ts'
import type { ProcessStore } from './store.ts'

type Ended = Parameters<ProcessStore['finish']>[0][number]

/** Flows written as ended in one statement. */
const GROUP = 64
/** How long ends are gathered: nobody waits for them, and one statement for twenty costs little more than for one. */
const GATHER_MS = 25

/**
 * Writes the ends of flows a moment after they were answered, many in one statement. What a crash loses is found by the recovery loop,
 * which repeats the last, idempotent step and ends the flow again.
 */
export function createFinisher(store: Pick<ProcessStore, 'finish'>, log: Logger) {
  const waiting: Ended[] = []
  let writing: Promise<void> | undefined
  const unwritten = new Map<string, Typed>()

  async function write(): Promise<void> {
    await delay(GATHER_MS)
    while (waiting.length > 0) {
      const group = waiting.splice(0, GROUP)
      try {
        killpoint('process.before-finish')
        await store.finish(group)
        killpoint('process.after-finish')
      } catch (error) {
        log.warn({ error, count: group.length }, 'finished flows could not be marked, recovery will do it')
      }
      for (const { name, id } of group) unwritten.delete(`${name}/${id}`)
    }
  }

  return {
    add({ name, id, version, state, steps }: Ended): void {
      // only these: a flow in memory also carries its definition, schemas and all
      waiting.push({ name, id, version, state, steps })
      unwritten.set(`${name}/${id}`, state)
      writing ??= write().finally(() => {
        writing = undefined
      })
    },
    /** How a flow ended whose row does not say so yet: whoever asks again at once gets the same answer. */
    stateOf: (name: string, id: string): Typed | undefined => unwritten.get(`${name}/${id}`),
    /** Waits until everything is on disk. */
    async flush(): Promise<void> {
      while (writing) await writing
    },
  }
}
