import { setTimeout as delay } from 'node:timers/promises'
import type { EmbeddedPostgres } from '#kit/db/embedded.ts'
import type { PostgresSettings } from '#kit/db/embedded-config.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Environment, Settings } from '../settings.ts'
import { type Child, type ChildOrders, type ChildPart, forkChild } from './children.ts'
import { startDatabase } from './database.ts'
import type { AskAll, Question, Told } from './process-questions.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

/**
 * Tries again and again, each time a little later, until it works or the shop stops: what fails now (the database of a child is not back yet,
 * the server died while it recovered) works in a moment, and nobody is there to press a button.
 */
async function untilItWorks(
  work: () => Promise<unknown>,
  onFailure: (error: unknown) => void,
  stop: () => boolean,
): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; !stop(); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      await work()
      return
    } catch (error) {
      onFailure(error)
      await delay(pause)
    }
  }
}

/** The embedded server, brought back when it ends without being asked to: same data, same port. */
export function keepDatabase(
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
  shared = async () => false,
  server: PostgresSettings = {},
) {
  let running: Promise<EmbeddedPostgres | undefined> = Promise.resolve(undefined)
  const start = (): Promise<EmbeddedPostgres | undefined> => {
    running = startDatabase({
      settings,
      log,
      server,
      onExit: (reason) => {
        if (signal.aborted) return
        log.error({ reason }, 'PostgreSQL ended; starting it again')
        void untilItWorks(
          start,
          (error) => log.error({ err: error }, 'PostgreSQL does not come back; trying again'),
          () => signal.aborted,
        )
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
  told(question: Question): Promise<Told | undefined>
  letGo(): void
  stop(milliseconds: number): Promise<void>
}

interface KeepOptions {
  readonly environment: Environment
  readonly once?: boolean
  /** for a worker that is asked what all processes say */
  readonly askAll?: AskAll
}

/** A child that is started again when it ends without being asked to; `once`: it ends when its work is done. */
export function keepChild(
  part: ChildPart,
  only: readonly string[] | undefined,
  log: Logger,
  signal: AbortSignal,
  { once = false, environment, askAll }: KeepOptions,
): KeptChild {
  let orders: ChildOrders | undefined
  let stopped = false
  const fork = (): Child =>
    forkChild(
      part,
      only,
      environment,
      (code) => {
        if (signal.aborted || stopped || once) return
        log.error({ part, code }, 'a process of the shop ended; starting another')
        void delay(FIRST_PAUSE_MS).then(() =>
          untilItWorks(
            revive,
            (error) => log.error({ err: error, part }, 'it does not come back; trying again'),
            () => signal.aborted || stopped,
          ),
        )
      },
      askAll,
    )
  const revive = async (): Promise<void> => {
    if (!orders) return
    child = fork()
    try {
      await child.begin(orders)
    } catch (error) {
      await child.stop(1000)
      throw error
    }
  }
  let child = fork()
  return {
    part,
    ended: child.ended,
    told: (question) => child.told(question),
    letGo: () => child.letGo(),
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
