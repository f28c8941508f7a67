import { setTimeout as delay } from 'node:timers/promises'
import type { EmbeddedPostgres } from '#kit/db/embedded.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Settings } from '../settings.ts'
import { type Child, type ChildOrders, type ChildPart, forkChild } from './children.ts'
import { startDatabase } from './database.ts'

/** The embedded server, brought back when it ends without being asked to: same data, same port. */
export function keepDatabase(settings: Settings, log: Logger, signal: AbortSignal, shared = async () => false) {
  let running: Promise<EmbeddedPostgres | undefined> = Promise.resolve(undefined)
  const start = (): Promise<EmbeddedPostgres | undefined> => {
    running = startDatabase({
      settings,
      log,
      onExit: (reason) => {
        if (signal.aborted) return
        log.error({ reason }, 'PostgreSQL ended; starting it again')
        start().catch((error: unknown) => log.error({ err: error }, 'PostgreSQL does not come back'))
      },
    })
    return running
  }
  return {
    start,
    async stop() {
      const embedded = await running.catch(() => undefined)
      if (embedded && !(await shared())) await embedded.stop()
    },
  }
}

export interface KeptChild {
  readonly part: ChildPart
  begin(orders: ChildOrders): Promise<void>
  readonly ended: Promise<number | null>
  stop(milliseconds: number): Promise<void>
}

/** A child that is started again when it ends without being asked to; `once`: it ends when its work is done. */
export function keepChild(part: ChildPart, log: Logger, signal: AbortSignal, { once = false } = {}): KeptChild {
  let orders: ChildOrders | undefined
  let stopped = false
  const fork = (): Child =>
    forkChild(part, (code) => {
      if (signal.aborted || stopped || once) return
      log.error({ part, code }, 'a process of the shop ended; starting another')
      void delay(500).then(async () => {
        if (signal.aborted || stopped || !orders) return
        child = fork()
        await child.begin(orders).catch((error: unknown) => log.error({ err: error }, 'it does not come back; restart the shop'))
      })
    })
  let child = fork()
  return {
    part,
    ended: child.ended,
    async begin(given) {
      orders = given
      await child.begin(given)
    },
    async stop(milliseconds) {
      stopped = true
      await child.stop(milliseconds)
    },
  }
}
