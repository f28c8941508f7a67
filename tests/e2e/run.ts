// `npm run e2e -- [NAME…] [--topology together|apart|mixed] [--events relay|cdc|both] [--json]`: the black-box tests (all, or files whose path contains a
// NAME) on a shop in one process, in a process per service, or in three. Every other option goes to vitest.
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { roundsOf, type Strategy } from './rounds.ts'
import { runVitest } from './run-vitest.ts'
import { enginesOf, type Topology, topologies } from './topology.ts'

const { values, positionals, tokens } = parseArgs({
  strict: false,
  allowPositionals: true,
  tokens: true,
  options: { topology: { type: 'string' }, events: { type: 'string' }, json: { type: 'boolean' } },
})
const topology = (values.topology ?? 'together') as Topology
const events = String(values.events ?? process.env.EVENTS_STRATEGY ?? 'relay') as Strategy | 'both'
if (!topologies.includes(topology) || !['relay', 'cdc', 'both'].includes(events)) {
  console.error('usage: npm run e2e -- [NAME…] [--topology together|apart|mixed] [--events relay|cdc|both] [--json]')
  process.exit(2)
}
const options = tokens.flatMap((token) =>
  token.kind === 'option' && !['topology', 'events', 'json'].includes(token.name) ? [token.rawName] : [],
)

const rounds = await roundsOf(topology, events, positionals)
if (rounds.length === 0) {
  console.error('No file fits; those that begin with "topology: its own" run together only.')
  process.exit(2)
}
const begun = performance.now()
const done: Awaited<ReturnType<typeof runVitest>>[] = []
for (const round of rounds) done.push(await runVitest(round, { topology, quiet: values.json === true, options }))

const results = done.flatMap(({ report }) => report.testResults)
// a file that does not even load has no tests of its own to fail
const broken = results.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
)
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)
const passed = sum(done.map(({ report }) => report.numPassedTests))
const failed = sum(done.map(({ report }) => report.numFailedTests)) + broken.length
if (values.json) {
  for (const file of results) {
    if (broken.includes(file)) console.error(`${file.name}: ${file.message ?? 'did not load'}`)
    for (const { status, title, failureMessages = [] } of file.assertionResults)
      if (status === 'failed') console.error(`${file.name}: ${title}\n${failureMessages.join('\n')}`)
  }
  const files: Partial<Record<Strategy, string[]>> = {}
  for (const { round, report } of done) {
    const names = report.testResults.map(({ name }) => basename(name, '.e2e.test.ts'))
    files[round.events] = [...(files[round.events] ?? []), ...names]
  }
  console.log(
    JSON.stringify({
      topology,
      processes: done.at(-1)?.processes,
      engines: ['postgresql', ...enginesOf(topology)],
      events: Object.keys(files),
      files,
      passed,
      failed,
      seconds: Math.round((performance.now() - begun) / 1000),
    }),
  )
} else console.log(`tests: ${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : Math.max(...done.map(({ code }) => code)))
