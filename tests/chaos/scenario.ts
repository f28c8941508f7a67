import type { Random } from './random.ts'

export interface ScenarioOptions {
  /** how often the fault strikes, or how many units of work are done; each scenario says which */
  readonly trials: number
  readonly seed: number
  readonly random: Random
  /** this run continues earlier ones of the same experiment, and is added to what they found */
  readonly add: boolean
  /** for people who watch: one line about what happens */
  note(text: string): void
}

/** What a run shows about one rule of RELIABILITY's list. */
export interface Finding {
  /** I1 … I30 */
  readonly id: string
  /** fault codes: F1 killed processes, F2 killed database, F3 network … */
  readonly fault: string
  /** how often the rule could have been broken: orders, keys, events, samples */
  readonly trials: number
  readonly violations: number
  /** of what the scenario times, in milliseconds */
  readonly p50?: number
  readonly p99?: number
  readonly note?: string
  /** what was counted besides: answers of each kind, strikes of the fault; runs that belong together add theirs up */
  readonly tally?: Readonly<Record<string, number>>
  /** the first few violations, for whoever has to mend it */
  readonly examples?: readonly string[]
}

/** What was wrong: how much of it, and the first few as examples. */
export function wrongs(list: readonly string[]): Pick<Finding, 'violations' | 'examples'> {
  return { violations: list.length, ...(list.length > 0 ? { examples: list.slice(0, 5) } : {}) }
}

/** One experiment: a running shop, work, a fault, a check. Files of `scenarios/` export one as `scenario`. */
export interface Scenario {
  readonly summary: string
  /** of a run without --trials */
  readonly trials: number
  /** of the short form that CI runs; without one CI leaves it out */
  readonly shortTrials?: number
  run(options: ScenarioOptions): AsyncIterable<Finding>
}

/**
 * With `violations` seen in `trials`, the true rate is below this with 95 % confidence (Poisson; with none seen about 3/n).
 */
export function upper95(violations: number, trials: number): number {
  if (trials === 0) return 1
  const atMost = (mean: number) => {
    let term = Math.exp(-mean)
    let sum = term
    for (let count = 1; count <= violations; count += 1) {
      term *= mean / count
      sum += term
    }
    return sum
  }
  let [low, high] = [violations, violations * 2 + 10]
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2
    if (atMost(middle) > 0.05) low = middle
    else high = middle
  }
  return Math.min(1, high / trials)
}
