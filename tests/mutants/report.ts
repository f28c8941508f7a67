import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeRows } from '../chaos/report.ts'
import { upper95 } from '../chaos/scenario.ts'
import type { Mutant } from './mutant.ts'
import type { Trial } from './run.ts'

export interface Kept extends Trial {
  /** of the mutant, its file and its tests, as they were */
  readonly print: string
}

const file = (root: string) => join(root, 'reports', 'mutants.json')

/** What earlier runs found, for `--add`. */
export function knownTrials(root: string): Kept[] {
  return existsSync(file(root)) ? (JSON.parse(readFileSync(file(root), 'utf8')) as Kept[]) : []
}

/** After every mutant, so that a run that is broken off can be gone on with. */
export function keepTrials(root: string, trials: readonly Kept[]): void {
  mkdirSync(join(root, 'reports'), { recursive: true })
  writeFileSync(file(root), `${JSON.stringify(trials, null, 2)}\n`)
}

/** Another one as soon as the guard, its file or a test beside it is written anew. */
export function printOf(root: string, mutant: Mutant): string {
  const hash = createHash('sha256').update(JSON.stringify(mutant))
  for (const name of [mutant.file, ...mutant.test.split(' ').flatMap((test) => testsOf(root, test))])
    hash.update(readFileSync(join(root, name)))
  return hash.digest('hex').slice(0, 16)
}

/** A file of tests, or those of a folder. */
const testsOf = (root: string, test: string): string[] =>
  statSync(join(root, test)).isFile()
    ? [test]
    : readdirSync(join(root, test), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .sort()
        .map((name) => join(test, name))

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
