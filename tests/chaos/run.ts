/**
 * Faults on purpose: `npm run chaos -- NAME [--json] [--trials N] [--seed N] [--add]`, `npm run chaos -- --list`, `npm run chaos -- report`.
 * `--add` adds the run to what the report has of this experiment; without it the run takes its place.
 * NAME: a file of scenarios/, or `short`: a small dose of every one. Exit code 1 when a rule was broken.
 */
import { existsSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { randomFrom } from './random.ts'
import { mergeReports, type Row, whatOf, writeRows } from './report.ts'
import { type Scenario, upper95 } from './scenario.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    trials: { type: 'string' },
    seed: { type: 'string' },
    add: { type: 'boolean', default: false },
  },
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const folder = new URL('./scenarios/', import.meta.url)
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .sort()

async function load(name: string): Promise<Scenario> {
  return ((await import(new URL(`${name}.ts`, folder).href)) as { scenario: Scenario }).scenario
}

function show(row: Row): void {
  if (values.json) {
    console.log(JSON.stringify(row))
    return
  }
  const { id, fault, trials, violations, upper95: bound, p50, p99, examples = [] } = row
  const times = p50 === undefined ? '' : `  p50 ${p50} ms, p99 ${p99} ms`
  console.log(
    `${violations === 0 ? 'holds ' : 'BROKEN'}  ${id} ${fault}: ${violations} of ${trials} (below ${bound.toPrecision(2)})${times}  ${whatOf(row)}`,
  )
  for (const example of examples) console.log(`          ${example}`)
}

/** Runs one scenario, prints and keeps what it found; answers how many rules were broken. */
async function run(name: string, trials: number): Promise<number> {
  const { run: start } = await load(name)
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
  const note = (text: string) => console.error(`${name}: ${text}`)
  const rows: Row[] = []
  for await (const finding of start({ trials, seed, random: randomFrom(seed), add: values.add, note })) {
    const row: Row = { name, ...finding, upper95: upper95(finding.violations, finding.trials), seed }
    rows.push(row)
    show(row)
  }
  writeRows(name, rows, { add: values.add })
  return rows.filter(({ violations }) => violations > 0).length
}

/** The whole short form, on a machine with nothing else to do; who takes longer than twice that has not come to its end. */
const SHORT_MS = 6 * 60_000

/** Most of a run is waiting for leases to run out, so a few at a time keep a small machine busy and no more. */
const LANES = 3

async function runShort(): Promise<number> {
  let broken = 0
  const begun = performance.now()
  const tooLong = setTimeout(() => {
    console.error(`chaos: not over after ${(2 * SHORT_MS) / 60_000} minutes`)
    process.exit(1)
  }, 2 * SHORT_MS)
  const queue = [...names]
  const lane = async () => {
    for (let known = queue.shift(); known; known = queue.shift()) {
      const { shortTrials } = await load(known)
      if (shortTrials === undefined) continue
      // not `broken += await …`: that adds to what it was before the wait, and another lane's findings are lost
      const found = await run(known, shortTrials)
      broken += found
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  clearTimeout(tooLong)
  console.error(`chaos: the short form took ${Math.round((performance.now() - begun) / 1000)} s`)
  return broken
}

const [name = ''] = positionals
if (values.list) {
  for (const known of names) {
    const { summary, trials, shortTrials } = await load(known)
    if (values.json) console.log(JSON.stringify({ name: known, summary, trials, shortTrials: shortTrials ?? null }))
    else console.log(`${known.padEnd(22)} ${summary} (${trials} trials)`)
  }
} else if (name === 'report') {
  console.log(mergeReports())
} else if (name === 'short') {
  process.exit((await runShort()) > 0 ? 1 : 0)
} else if (/^[a-z-]+$/.test(name) && existsSync(new URL(`${name}.ts`, folder))) {
  const trials = values.trials === undefined ? (await load(name)).trials : Number(values.trials)
  process.exit((await run(name, trials)) > 0 ? 1 : 0)
} else {
  console.error(
    `usage: npm run chaos -- NAME [--json] [--trials N] [--seed N] [--add] | short | report | --list\nNAME: ${names.join(', ')}`,
  )
  process.exit(2)
}
