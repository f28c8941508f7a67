/**
 * Takes every guard away once and wants a test to notice: `npm run mutants [-- NAME-PART] [--json] [--jobs N] [--add]`. Works in a copy of the
 * tree. `--add` leaves out those that an earlier run has seen killed, while neither their file nor their tests have changed. Exit code 1 when a mutant survives.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { commitOf } from '../../bench/docs-page.ts'
import type { Mutant } from './mutant.ts'
import { mutants } from './registry.ts'
import { keepMutants, keepTrials, type Kept, knownTrials, printOf } from './report.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
    add: { type: 'boolean', default: false },
  },
})
const root = fileURLToPath(new URL('../../', import.meta.url))
const BOUND_MS = 240_000
/** A busy machine must not turn a test red that would be green. */
const patience = ['--testTimeout=120000', '--hookTimeout=120000']

/** The files git knows, as they are in the work tree now; packages are linked. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'souk-mutants-'))
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  for (const file of listed.split('\n').filter((name) => name !== '' && name !== 'node_modules'))
    cpSync(join(root, file), join(copy, file))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

export interface Trial {
  readonly name: string
  readonly file: string
  /** `broken`: the tests did not even run, or are red without the mutant too, so nothing was shown */
  readonly result: 'killed' | 'survived' | 'broken'
  /** tests that went red */
  readonly by: readonly string[]
  readonly seconds: number
}

async function tryMutant(copy: string, { name, file, search, replace, test }: Mutant): Promise<Trial> {
  const path = join(copy, file)
  const healthy = readFileSync(path, 'utf8')
  const begun = performance.now()
  const end = (result: Trial['result'], by: readonly string[] = []): Trial => {
    return { name, file, result, by, seconds: Math.round((performance.now() - begun) / 100) / 10 }
  }
  if (healthy.split(search).length !== 2) return end('broken', ['the place is not there once'])
  writeFileSync(
    path,
    healthy.replace(search, () => replace),
  )
  const red = await redTests(copy, test.split(' ')).finally(() => writeFileSync(path, healthy))
  if (red === undefined) return end('broken', ['no test ran'])
  const [first] = red
  if (first === undefined) return end('survived')
  // A test that is red by chance has noticed nothing: with the guard in its place it must be green.
  const control = await redTests(copy, [...test.split(' '), '-t', first.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')])
  return control?.length === 0 ? end('killed', red) : end('broken', [`red without the mutant, too: ${first}`])
}

async function redTests(copy: string, what: readonly string[]): Promise<string[] | undefined> {
  const results = join(copy, 'mutant-results.json')
  rmSync(results, { force: true })
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=json',
    `--outputFile.json=${results}`,
    '--bail=1',
    ...patience,
    ...what,
  ]
  const run = spawn(process.execPath, args, { cwd: copy, stdio: 'ignore', timeout: BOUND_MS })
  await once(run, 'exit')
  return failedTests(results)
}

/** Undefined when no test ran at all: a file that cannot be read, or a mutant that hangs for ever, proves nothing. */
function failedTests(results: string): string[] | undefined {
  try {
    const report = JSON.parse(readFileSync(results, 'utf8')) as {
      numTotalTests: number
      testResults: { assertionResults: { status: string; title: string }[] }[]
    }
    const all = report.testResults.flatMap(({ assertionResults }) => assertionResults)
    const ran = all.some(({ status }) => status === 'passed' || status === 'failed')
    return ran ? all.filter(({ status }) => status === 'failed').map(({ title }) => title) : undefined
  } catch {
    return undefined
  }
}

const wanted = mutants.filter(({ name, file }) => positionals.every((part) => `${name} ${file}`.includes(part)))
const killedBefore = new Map(
  (values.add ? knownTrials(root) : []).filter(({ result }) => result === 'killed').map((trial) => [trial.print, trial]),
)
const printed = wanted.map((mutant) => ({ mutant, print: printOf(root, mutant) }))
const trials: Kept[] = printed.flatMap(({ print }) => killedBefore.get(print) ?? [])
const queue = printed.filter(({ print }) => !killedBefore.has(print))

async function worker(): Promise<void> {
  const copy = copyTree()
  try {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const trial = await tryMutant(copy, next.mutant)
      trials.push({ ...trial, print: next.print })
      if (positionals.length === 0) keepTrials(root, trials)
      if (values.json) console.log(JSON.stringify(trial))
      else console.log(`${trial.result.padEnd(8)} ${trial.name} (${trial.seconds} s)${trial.by[0] ? `: ${trial.by[0]}` : ''}`)
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, worker))
const killed = trials.filter(({ result }) => result === 'killed').length
if (positionals.length === 0) keepMutants(trials, commitOf())
const summary = {
  mutants: trials.length,
  killed,
  survived: trials.filter(({ result }) => result !== 'killed').map(({ name }) => name),
}
console.log(values.json ? JSON.stringify(summary) : `${killed} of ${trials.length} mutants killed`)
process.exit(killed === trials.length ? 0 : 1)
