import type { BenchShop } from './bench-shop.ts'
import type { Driven } from './driven.ts'
import type { MeasureOptions, Round } from './measure.ts'

/** One of several shops that are compared: all of them have the same flows. */
export interface Side {
  readonly shop: BenchShop
  readonly flows: readonly Driven[]
}

export interface Seen {
  readonly rounds: (Round & { readonly cpuMs: number; readonly statements: number })[]
  /** MB at the peak, see `nodeMemoryMb` */
  takenMb: number
  rssMb: number
}

/**
 * One flow on each shop, turn by turn, and each of them first in turn; what a round set off is done before it ends and counts as its own. Answers
 * what was seen of each. Throws where a request failed: a quick refusal would look like speed.
 */
export async function sideBySide(
  sides: readonly Side[],
  index: number,
  connections: number,
  options: MeasureOptions,
): Promise<Seen[]> {
  const all = sides.map((side) => ({ ...side, seen: { rounds: [], takenMb: 0, rssMb: 0 } as Seen }))
  for (let round = 0; round < options.rounds; round += 1)
    for (const { shop, flows, seen } of round % 2 === 0 ? all : all.toReversed()) {
      const { name, drive, settle } = flows[index]!
      const look = () => {
        const { taken, rss } = shop.memoryMb()
        seen.takenMb = Math.max(seen.takenMb, taken)
        seen.rssMb = Math.max(seen.rssMb, rss)
      }
      const before = { cpu: shop.cpuMs(), statements: await shop.statements() }
      const looking = setInterval(look, 500)
      const measured = await drive(connections, options.seconds)
      clearInterval(looking)
      look()
      if (measured.failed > 0) throw new Error(`${name}: ${measured.failed} requests failed beside ${measured.done}`)
      await settle?.()
      seen.rounds.push({
        ...measured,
        cpuMs: shop.cpuMs() - before.cpu,
        statements: (await shop.statements()) - before.statements,
      })
    }
  return all.map(({ seen }) => seen)
}
