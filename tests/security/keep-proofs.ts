import { commitOf } from '../../bench/docs-page.ts'
import { writeRows } from '../chaos/report.ts'
import { upper95 } from '../chaos/scenario.ts'
import type { Proof } from './proof.ts'

/** Rows of the page about reliability that tests of security speak for. A test that failed before it counted has no row: the run is red anyway. */
export function keepProofs(files: readonly { readonly proofs: readonly (Proof & { readonly holds: boolean })[] }[]): void {
  const rows = files
    .flatMap(({ proofs }) => proofs)
    .map(({ id, trials, note, holds }) => {
      const violations = holds ? 0 : 1
      return {
        name: 'security',
        id,
        fault: 'attack',
        trials,
        violations,
        upper95: upper95(violations, trials),
        seed: 0,
        commit: commitOf(),
        note,
      }
    })
  // a run of one file says nothing of the others: their rows stay
  if (rows.length > 0) writeRows('security', rows, { others: 'keep' })
}
