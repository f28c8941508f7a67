import { killpoint } from '#kit/core/killpoint.ts'
import { withoutDeadline } from '#kit/core/context.ts'
import { isTransient } from '#kit/core/errors.ts'
import { createLane, type Lane } from './lane.ts'
import { pgCode } from './pg-errors.ts'

export interface GroupedOptions {
  /** most items of one group */
  readonly maxSize: number
  /** most groups at work at the same time; what arrives meanwhile waits and forms the next, larger group */
  readonly maxInFlight: number
  /** shared with other grouped work; default: one of its own. Only for work that waits for nothing else in the same lane. */
  readonly lane?: Lane
}

export interface ApartOptions<I> extends GroupedOptions {
  /** name of what an item changes: of two items with the same name the later one waits until the group of the first is done */
  readonly apart?: (item: I) => string
}

interface Waiting<I, O> {
  readonly item: I
  readonly since: number
  readonly resolve: (result: O) => void
  readonly reject: (error: unknown) => void
}

/** Lost against somebody else's locks: nothing is wrong with the database, so trying alone is worth it. */
const lostConflicts = new Set(['40P01', '40001'])

/**
 * Turns many concurrent calls into few statements: calls made in the same turn of the event loop, or while earlier groups are at
 * work, share one call of `run`. Nothing waits on purpose: an idle caller is served in the same turn. `run` gets the items in order of
 * arrival and answers with one result for each, in that order. When a group fails, its items run again one by one, so that a bad one
 * fails alone; therefore `run` must be safe to repeat, and each item must be a piece of work of its own. A database that is
 * unreachable or busy fails the whole group at once: asking it once per item would make things worse.
 */
export function grouped<I, O>(
  options: ApartOptions<I>,
  run: (items: readonly I[]) => Promise<readonly O[]>,
): (item: I) => Promise<O> {
  const waiting: Waiting<I, O>[] = []
  const lane = options.lane ?? createLane(options.maxInFlight)
  let inFlight = 0

  /** who waits behind an item with the same name that is waiting or at work */
  const followers = new Map<string, Waiting<I, O>[]>()

  const enter = (one: Waiting<I, O>): void => {
    const name = options.apart?.(one.item)
    const behind = name === undefined ? undefined : followers.get(name)
    if (behind) behind.push(one)
    else {
      if (name !== undefined) followers.set(name, [])
      waiting.push(one)
    }
  }
  const follow = (done: I): void => {
    const name = options.apart?.(done)
    if (name === undefined) return
    const next = followers.get(name)?.shift()
    if (next) waiting.push(next)
    else followers.delete(name)
  }

  const start = (): void => {
    const group = waiting.splice(0, options.maxSize)
    inFlight += 1
    // begun in the context of whoever looked first, which need not even be one of the group
    void withoutDeadline(() => work(group)).finally(() => {
      inFlight -= 1
      for (const { item } of group) follow(item)
      lane.left()
    })
  }
  lane.join({
    ready: () => (inFlight < options.maxInFlight ? waiting.length : 0),
    since: () => waiting[0]?.since ?? Number.POSITIVE_INFINITY,
    start,
  })

  const attempt = async (group: readonly Waiting<I, O>[]): Promise<void> => {
    killpoint('group.before-run')
    const results = await run(group.map((one) => one.item))
    killpoint('group.after-run')
    if (results.length !== group.length) throw new Error(`a group of ${group.length} was answered with ${results.length} results`)
    for (const [index, one] of group.entries()) one.resolve(results[index] as O)
  }

  const work = async (group: readonly Waiting<I, O>[]): Promise<void> => {
    try {
      await attempt(group)
    } catch (error) {
      const code = pgCode(error) ?? ''
      if (group.length === 1 || (isTransient(error) && !lostConflicts.has(code))) {
        for (const one of group) one.reject(error)
        return
      }
      for (const one of group) await attempt([one]).catch(one.reject)
    }
  }

  return (item) =>
    new Promise<O>((resolve, reject) => {
      enter({ item, since: performance.now(), resolve, reject })
      lane.look()
    })
}
