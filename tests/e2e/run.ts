// `npm run e2e -- [NAME…] [--topology together|apart|mixed] [--events relay|cdc] [--json]`: the black-box tests (all, or files whose path contains a
// NAME) on a shop in one process, in a process per service, or in three. Every other option goes to vitest.
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { enginesOf, type Topology, topologies } from './topology.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Stands in a file that starts processes in a way of its own: it says the same in every topology, and runs in the first. */
const OWN = '// topology: its own'

const { values, positionals, tokens } = parseArgs({
  strict: false,
  allowPositionals: true,
  tokens: true,
  options: { topology: { type: 'string' }, events: { type: 'string' }, json: { type: 'boolean' } },
})
const topology = (values.topology ?? 'together') as Topology
const events = String(values.events ?? process.env.EVENTS_STRATEGY ?? 'relay')
if (!topologies.includes(topology) || !['relay', 'cdc'].includes(events)) {
  console.error('usage: npm run e2e -- [NAME…] [--topology together|apart|mixed] [--events relay|cdc] [--json]')
  process.exit(2)
}
const others = tokens.flatMap((token) =>
  token.kind === 'option' && !['topology', 'events', 'json'].includes(token.name) ? [token.rawName] : [],
)

/** Files that a split shop runs too; undefined: all. */
async function filesOf(): Promise<string[]> {
  if (topology === 'together') return positionals
  const folder = new URL('./', import.meta.url)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.e2e.test.ts'))
  const files: string[] = []
  for (const name of names) {
    const path = `tests/e2e/${name}`
    if (positionals.length > 0 && !positionals.some((part) => path.includes(part))) continue
    if (!(await readFile(new URL(name, folder), 'utf8')).startsWith(OWN)) files.push(path)
  }
  return files
}

const files = await filesOf()
if (topology !== 'together' && files.length === 0) {
  console.error('No file fits; those that begin with "topology: its own" run together only.')
  process.exit(2)
}
const folder = await mkdtemp(join(tmpdir(), 'souk-e2e-report-'))
const output = join(folder, 'report.json')
const processes = join(folder, 'processes.json')
const begun = performance.now()
const reporters = ['--reporter=json', `--outputFile.json=${output}`, ...(values.json ? [] : ['--reporter=default'])]
const child = spawn(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'e2e', ...reporters, ...others, ...files],
  {
    cwd: root,
    // what fails is told at the end, from the report
    stdio: ['ignore', values.json ? 'ignore' : 'inherit', 'inherit'],
    env: { ...process.env, E2E_TOPOLOGY: topology, E2E_PROCESSES: processes, EVENTS_STRATEGY: events },
  },
)
const code = await new Promise<number>((resolve, reject) => {
  child.once('error', reject)
  child.once('exit', (status) => resolve(status ?? 1))
})

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly { readonly status: string; readonly title: string; readonly failureMessages?: string[] }[]
  }[]
}
const none: Report = { numPassedTests: 0, numFailedTests: 0, testResults: [] }
const report = await readFile(output, 'utf8').then(
  (text) => JSON.parse(text) as Report,
  () => none,
)
const names = await readFile(processes, 'utf8').then(
  (text) => JSON.parse(text) as string[],
  () => [],
)
await rm(folder, { recursive: true, force: true })
// a file that does not even load has no tests of its own to fail
const broken = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
)
const failed = report.numFailedTests + broken.length
if (values.json) {
  for (const file of report.testResults) {
    if (broken.includes(file)) console.error(`${file.name}: ${file.message ?? 'did not load'}`)
    for (const { status, title, failureMessages = [] } of file.assertionResults)
      if (status === 'failed') console.error(`${file.name}: ${title}\n${failureMessages.join('\n')}`)
  }
  console.log(
    JSON.stringify({
      topology,
      processes: names,
      engines: ['postgresql', ...enginesOf(topology)],
      events,
      files: report.testResults.length,
      passed: report.numPassedTests,
      failed,
      seconds: Math.round((performance.now() - begun) / 1000),
    }),
  )
} else console.log(`tests: ${report.numPassedTests} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : code)
