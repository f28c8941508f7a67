import type { Static } from 'typebox'
import type { inventoryRpc, StockLevel } from '#contracts/rpc/inventory.ts'
import { withoutDeadline } from '#kit/core/context.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'

export type Level = Readonly<Static<typeof StockLevel>>

export interface ShownStockOptions {
  readonly inventory: Pick<RpcClient<typeof inventoryRpc>, 'availability'>
  /** longest time that a level is remembered; never more than LONGEST_MS */
  readonly memoryMs: number
  /** milliseconds of a clock that never goes back */
  readonly now?: () => number
}

/** Levels of these SKUs in a channel, in their order. One that did not change is the same object as before. */
export type ShownStock = (channel: string, skus: readonly string[]) => Promise<readonly Level[]>

interface Known {
  level: Level
  /** when the question began: what was sold later may be missing in the answer */
  askedAt: number
  renewing: boolean
}

/** No level is shown that was asked for longer ago. */
const LONGEST_MS = 500
/** Whoever finds one that is older than this has it asked for anew, without waiting. */
const RENEW_AFTER_MS = 250
const MOST_REMEMBERED = 20_000

/**
 * Stock for showing carts, from a short memory by the clock: nothing has to be written down where stock moves, which every checkout would pay for.
 * Whoever puts something into a cart or buys it asks by other ways.
 */
export function createShownStock({ inventory, memoryMs, now = () => performance.now() }: ShownStockOptions): ShownStock {
  const channels = new Map<string, Map<string, Known>>()
  const longestMs = Math.min(LONGEST_MS, memoryMs)

  const keep = (known: Map<string, Known>, level: Level, askedAt: number): Level => {
    const before = known.get(level.sku)
    // a later question was answered earlier
    if (before && before.askedAt > askedAt) return before.level
    const same = before && before.level.available === level.available && before.level.backorder === level.backorder
    const kept = same ? before.level : level
    if (before) Object.assign(before, { level: kept, askedAt })
    else known.set(level.sku, { level: kept, askedAt, renewing: false })
    return kept
  }

  const ask = async (channel: string, known: Map<string, Known>, skus: readonly string[]): Promise<Map<string, Level>> => {
    const askedAt = now()
    const { levels } = await inventory.availability({ skus: [...skus], channel })
    const answered = new Map(levels.map((level) => [level.sku, keep(known, level, askedAt)]))
    for (const oldest of known.keys()) {
      if (known.size <= MOST_REMEMBERED) break
      known.delete(oldest)
    }
    return answered
  }

  const renew = async (channel: string, known: Map<string, Known>, old: readonly Known[]): Promise<void> => {
    for (const one of old) one.renewing = true
    try {
      await ask(
        channel,
        known,
        old.map(({ level }) => level.sku),
      )
    } catch {
      // whoever finds them too old asks and is told what is wrong
    } finally {
      for (const one of old) one.renewing = false
    }
  }

  return async (channel, skus) => {
    const known = channels.get(channel) ?? new Map<string, Known>()
    channels.set(channel, known)
    const at = now()
    const found = new Array<Level>(skus.length)
    const old: Known[] = []
    let missing = false
    for (const [index, sku] of skus.entries()) {
      const one = known.get(sku)
      if (!one || at - one.askedAt >= longestMs) missing = true
      else {
        found[index] = one.level
        if (at - one.askedAt > RENEW_AFTER_MS && !one.renewing) old.push(one)
      }
    }
    if (!missing) {
      if (old.length > 0) void withoutDeadline(() => renew(channel, known, old))
      return found
    }
    // What is not young is asked for as well, for the answer can take a while, and what was asked for together ages together.
    const young = (sku: string) =>
      at - (known.get(sku)?.askedAt ?? Number.NEGATIVE_INFINITY) < Math.min(longestMs, RENEW_AFTER_MS)
    const answered = await ask(
      channel,
      known,
      skus.filter((sku) => !young(sku)),
    )
    return skus.map((sku, index) => answered.get(sku) ?? found[index]!)
  }
}
