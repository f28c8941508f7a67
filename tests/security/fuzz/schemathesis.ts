import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { commitOf } from '../../../bench/docs-page.ts'
import { openShop } from '../../e2e/shop.ts'
import { sell } from '../../e2e/stock-the-shop.ts'
import { claimsOf, lookInside, now } from '../inside.ts'
import { administrator } from '../people.ts'

const TOOL = 'schemathesis'
const INSTALL =
  'Schemathesis is not on the PATH, so nobody but our own fuzzer has asked. It is a Python program: `pipx install schemathesis`, or `uv tool install schemathesis`.'
/** Exit codes of this command. */
const [CLEAN, FOUND, NOT_ASKED] = [0, 1, 2]
/** Longer than any run: an access token lives for ten minutes. */
const TOKEN_SECONDS = 6 * 3600

/** What a run of the tool counted; the parts of its JSON report that we keep. */
export interface Verdict {
  readonly version: string
  readonly seed: number
  readonly maxExamples: number
  readonly operations: number
  readonly cases: number
  /** cases in which a check failed, by the check's name */
  readonly failures: Readonly<Record<string, number>>
  /** cases that were answered with an error of ours */
  readonly serverErrors: number
  readonly seconds: number
  /** false: it was stopped, by --max-time or because it broke */
  readonly complete: boolean
  readonly commit: string
}

interface Report {
  readonly schemathesis_version: string
  readonly seed: number
  readonly running_time: number
  readonly complete: boolean
  readonly operations: { readonly tested: number } | null
  readonly test_cases: { readonly generated: number }
  readonly failures: readonly { readonly type: string; readonly title: string; readonly count: number }[]
}

/** Pure: from the tool's own JSON report. */
export function verdictOf(report: Report, maxExamples: number, commit: string): Verdict {
  const failures: Record<string, number> = {}
  for (const { title, count } of report.failures) failures[title] = (failures[title] ?? 0) + count
  const broken = report.failures.filter(({ type }) => /server_?error/i.test(type))
  return {
    version: report.schemathesis_version,
    seed: report.seed,
    maxExamples,
    operations: report.operations?.tested ?? 0,
    cases: report.test_cases.generated,
    failures,
    serverErrors: broken.reduce((sum, { count }) => sum + count, 0),
    seconds: Math.round(report.running_time),
    complete: report.complete,
    commit,
  }
}

/** A run that was stopped, or broke, before it asked anything has found nothing out. */
export function exitCodeOf({ cases, serverErrors }: Pick<Verdict, 'cases' | 'serverErrors'>): number {
  if (cases === 0) return NOT_ASKED
  return serverErrors > 0 ? FOUND : CLEAN
}

const USAGE = 'usage: npm run security -- schemathesis [--seed N] [--max-examples N] [--max-time SECONDS] [--json]'

/**
 * Starts a shop and lets Schemathesis ask it, as its administrator, everything its API documentation describes. What came of it is printed
 * and kept in reports/schemathesis.json. Exit code: 0 no error of ours, 1 some, 2 the tool is not there or asked nothing.
 */
export async function schemathesis(root: string, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      'max-examples': { type: 'string', default: '10' },
      'max-time': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const numbers = [values.seed, values['max-examples'], values['max-time'] ?? '1']
  if (!numbers.every((text) => /^\d{1,10}$/.test(text))) {
    console.error(USAGE)
    return NOT_ASKED
  }
  if (!(await isThere())) {
    console.error(INSTALL)
    return NOT_ASKED
  }
  const folder = join(root, 'reports')
  const file = join(folder, 'schemathesis-run.json')
  mkdirSync(folder, { recursive: true })
  rmSync(file, { force: true })
  const shop = await openShop()
  try {
    const inside = await lookInside(shop)
    const admin = await administrator(shop)
    await sell(admin.client, 'asked-mug')
    const claims = claimsOf(admin.authorization.slice('Bearer '.length))
    const token = await inside.sign({ ...claims, exp: now() + TOKEN_SECONDS })
    await inside.end()
    await ask(root, [
      '--config-file=tests/security/fuzz/schemathesis.toml',
      'run',
      `${shop.url}/v3/api-docs`,
      `--header=Authorization: Bearer ${token}`,
      `--seed=${values.seed}`,
      `--max-examples=${values['max-examples']}`,
      ...(values['max-time'] === undefined ? [] : [`--max-time=${values['max-time']}`]),
      '--continue-on-failure',
      '--generation-database=none',
      '--no-color',
      '--report=json',
      `--report-json-path=${file}`,
    ])
  } finally {
    await shop.remove()
  }
  const report = read(file)
  if (!report) {
    console.error('schemathesis: it left no report')
    return NOT_ASKED
  }
  const verdict = verdictOf(report, Number(values['max-examples']), commitOf())
  writeFileSync(join(folder, 'schemathesis.json'), `${JSON.stringify(verdict, undefined, 2)}\n`)
  if (values.json) console.log(JSON.stringify(verdict))
  else {
    for (const [title, count] of Object.entries(verdict.failures)) console.log(`${String(count).padStart(6)} ${title}`)
    console.log(
      `schemathesis ${verdict.version}: ${verdict.cases} cases of ${verdict.operations} operations in ${verdict.seconds} s${verdict.complete ? '' : ' (stopped early)'}, ` +
        `${verdict.serverErrors} errors of ours; seed ${verdict.seed}`,
    )
  }
  return exitCodeOf(verdict)
}

function isThere(): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = spawn(TOOL, ['--version'], { stdio: 'ignore' })
    asked.once('error', () => resolve(false))
    asked.once('exit', (code) => resolve(code === 0))
  })
}

/** Its exit code says whether it objects to anything; the report says to what. What it prints goes to stderr, out of the way of --json. */
function ask(root: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const asking = spawn(TOOL, args, { cwd: root, stdio: ['ignore', process.stderr, process.stderr] })
    asking.once('error', reject)
    asking.once('exit', () => resolve())
  })
}

function read(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch {
    return undefined
  }
}
