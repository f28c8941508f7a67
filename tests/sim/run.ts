import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { interpose } from './interpose.ts'
import { type Mutant, MUTANTS, SECOND_LINES } from './mutants.ts'
import { keepSimulation } from './report.ts'
import { type Outcome, simulate } from './simulate.ts'

/*
 * npm run sim -- --seeds 1000            simulate seeds 1 … 1000
 *                --from 5000             start elsewhere
 *                --seed 17               one seed, with its whole history
 *                --mutant no-lease       switch a guard off; the seeds should find it
 *                --mutants               all of them, one after the other: at which seed is each found?
 *                --json                  the report to stdout; it is also in reports/sim.json
 *                --report FILE           … or there; with "" nowhere
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    mutant: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    report: { type: 'string', default: 'reports/sim.json' },
  },
})
const mutant = values.mutant as Mutant | undefined
if (mutant && !MUTANTS.includes(mutant)) {
  console.error(`no mutant ${mutant}; there are: ${MUTANTS.join(', ')}`)
  process.exit(2)
}
/** Found within so many seeds, or it counts as alive. */
const SEEDS_PER_MUTANT = 300

/** What a killed process of a history was waiting for is never freed: so many seeds in one process, longer runs in several. */
const SEEDS_PER_PROCESS = 1000

const clock = process.hrtime.bigint
const begun = clock()
const secondsSince = (from: bigint) => Number(clock() - from) / 1e9
const RealDate = Date
interpose()

if (values.seed !== undefined) {
  const outcome = await simulate(Number(values.seed), { mutant, trace: true })
  if (values.json) console.log(JSON.stringify(outcome))
  else tell(outcome)
  process.exit(outcome.violation ? 1 : 0)
}

const from = Number(values.from)
const seeds = Number(values.seeds)
const failed: Pick<Outcome, 'seed' | 'violation'>[] = []
let steps = 0
if (seeds > SEEDS_PER_PROCESS) {
  for (let at = from; at < from + seeds; at += SEEDS_PER_PROCESS) {
    const piece = inProcessOfItsOwn(at, Math.min(SEEDS_PER_PROCESS, from + seeds - at))
    steps += piece.steps
    failed.push(...piece.violations)
  }
} else {
  for (let seed = from; seed < from + seeds; seed += 1) {
    const outcome = await simulate(seed, { mutant })
    steps += outcome.steps
    if (outcome.violation) failed.push(outcome)
  }
}
const seconds = secondsSince(begun)

const mutants: { name: Mutant; killedAtSeed: number | null; rule: string | null }[] = []
for (const name of values.mutants ? MUTANTS.filter((one) => !SECOND_LINES.includes(one)) : []) {
  let killer: Outcome | undefined
  for (let seed = 1; seed <= SEEDS_PER_MUTANT && !killer; seed += 1) {
    const outcome = await simulate(seed, { mutant: name })
    if (outcome.violation) killer = outcome
  }
  mutants.push({ name, killedAtSeed: killer?.seed ?? null, rule: killer?.rule ?? null })
}

const report = {
  seeds,
  from,
  steps,
  violations: failed.map(({ seed, violation }) => ({ seed, violation })),
  // rule of three: with no violation in n seeds, at most 3/n of all seeds have one, with 95 % confidence
  upper95: failed.length === 0 ? 3 / seeds : null,
  seconds: Number(seconds.toFixed(1)),
  seedsPerSecond: Math.round(seeds / seconds),
  commit: commit(),
  ...(mutant ? { mutant } : {}),
  mutants,
}
if (!mutant && values.report) {
  mkdirSync(dirname(values.report), { recursive: true })
  writeFileSync(values.report, `${JSON.stringify(report, null, 2)}\n`)
}
if (values.json) console.log(JSON.stringify(report, null, 2))
else {
  console.log(`${seeds} seeds, ${steps} steps in ${report.seconds} s (${report.seedsPerSecond}/s): ${failed.length} violations`)
  for (const { name, killedAtSeed, rule } of mutants)
    console.log(`${name.padEnd(20)} ${killedAtSeed ? `seed ${killedAtSeed}: ${rule}` : 'ALIVE'}`)
  if (failed[0]) tell(await simulate(failed[0].seed, { mutant, trace: true }))
}
const alive = mutants.some(({ killedAtSeed }) => killedAtSeed === null)
// a handful of seeds is no evidence that belongs into a report
if (!mutant && values.report && seeds >= SEEDS_PER_PROCESS) {
  // nothing is played any more, and the rows say when they were made
  globalThis.Date = RealDate
  keepSimulation(from, seeds, steps, failed)
}
process.exit(failed.length > 0 || alive ? 1 : 0)

function inProcessOfItsOwn(first: number, count: number): { steps: number; violations: Pick<Outcome, 'seed' | 'violation'>[] } {
  const range = ['--from', String(first), '--seeds', String(count)]
  const args = [fileURLToPath(import.meta.url), ...range, '--json', '--report', '', ...(mutant ? ['--mutant', mutant] : [])]
  const { stdout, status, error } = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (error) throw error
  // 1: it found something, and says so
  if (status !== 0 && status !== 1) throw new Error(`the seeds from ${first} on ended with ${status}`)
  return JSON.parse(stdout)
}

/** The history of a seed, oldest first. */
function tell({ seed, violation, trace, digest, seconds: virtual }: Outcome): void {
  for (const line of trace) console.log(line)
  console.log(`seed ${seed}: ${violation ?? 'no violation'} (${virtual} virtual seconds, digest ${digest})`)
  if (violation) console.log(`again: npm run sim -- --seed ${seed}${mutant ? ` --mutant ${mutant}` : ''}`)
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
