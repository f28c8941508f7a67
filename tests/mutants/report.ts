import { writeRows } from '../chaos/report.ts'
import { upper95 } from '../chaos/scenario.ts'
import type { Trial } from './run.ts'

/** One row for the page: guards taken away, and how many nobody noticed. */
export function keepMutants(trials: readonly Trial[], commit: string): void {
  const alive = trials.filter(({ result }) => result !== 'killed')
  writeRows('mutants', [
    {
      name: 'mutants',
      id: 'guards',
      fault: 'mutant',
      trials: trials.length,
      violations: alive.length,
      upper95: upper95(alive.length, trials.length),
      seed: 0,
      commit,
      note: `${trials.length - alive.length} of ${trials.length} guards are missed by a test when they are taken away`,
      ...(alive.length > 0 ? { examples: alive.map(({ name }) => name) } : {}),
    },
  ])
}
