import { killpoint } from '#kit/core/killpoint.ts'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '#kit/service/logger.ts'
import type { ProcessStore } from './store.ts'

type Ended = Parameters<ProcessStore['finish']>[0][number]

/** Flows written as ended in one statement. */
const GROUP = 64

/**
 * Writes the ends of flows a moment after they were answered, many in one statement. What a crash loses is found by the recovery loop,
 * which repeats the last, idempotent step and ends the flow again.
 */
export function createFinisher(store: Pick<ProcessStore, 'finish'>, log: Logger) {
  const waiting: Ended[] = []
  let writing: Promise<void> | undefined

  async function write(): Promise<void> {
    await delay(1)
    while (waiting.length > 0) {
      const group = waiting.splice(0, GROUP)
      try {
        killpoint('process.before-finish')
        await store.finish(group)
        killpoint('process.after-finish')
      } catch (error) {
        log.warn({ error, count: group.length }, 'finished flows could not be marked, recovery will do it')
      }
    }
  }

  return {
    add({ name, id, version, state, steps }: Ended): void {
      // only these: a flow in memory also carries its definition, schemas and all
      waiting.push({ name, id, version, state, steps })
      writing ??= write().finally(() => {
        writing = undefined
      })
    },
    /** Waits until everything is on disk. */
    async flush(): Promise<void> {
      while (writing) await writing
    },
  }
}
