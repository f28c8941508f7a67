import { setTimeout as delay } from 'node:timers/promises'

export interface DrainOptions<T> {
  /** most items worked on at the same time */
  readonly concurrency: number
  /** so many places must be free before more is taken, unless nothing runs: fewer, larger takings; default 1 */
  readonly least?: number
  /** Takes at most `free` due items, so that no other process takes them too; none: nothing is due. */
  readonly claim: (free: number) => Promise<readonly T[]>
  /** Works on one item; it handles its own failures. */
  readonly work: (item: T) => Promise<void>
  readonly signal: AbortSignal
}

/** While something runs, it is looked this often whether more is due: one slow item must not delay the others. */
const LOOK_AGAIN_MS = 100

/**
 * Works on everything that is due, several items at a time, and returns when nothing is due and nothing runs any more. After
 * `signal` nothing new is taken. Throws what `claim` or `work` threw, once the running items have ended.
 */
export async function drain<T>(options: DrainOptions<T>): Promise<void> {
  const { concurrency, claim, work, signal } = options
  const least = Math.min(options.least ?? 1, concurrency)
  const running = new Set<Promise<void>>()
  const failures: unknown[] = []
  const start = (item: T): void => {
    const task: Promise<void> = work(item)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(task))
    running.add(task)
  }
  for (;;) {
    const free = concurrency - running.size
    const mayTake = (free >= least || running.size === 0) && failures.length === 0 && !signal.aborted
    let items: readonly T[] = []
    try {
      if (mayTake) items = await claim(free)
    } catch (error) {
      failures.push(error)
    }
    for (const item of items) start(item)
    if (running.size === 0) break
    if (items.length === 0) await nextEnd(running)
  }
  if (failures.length > 0) throw failures[0]
}

async function nextEnd(running: ReadonlySet<Promise<void>>): Promise<void> {
  const enough = new AbortController()
  await Promise.race([...running, delay(LOOK_AGAIN_MS, undefined, { signal: enough.signal }).catch(() => undefined)])
  enough.abort()
}
