// `npm run security -- [NAME…] [--json]`: runs the attacks of this folder (all, or files whose path contains a NAME) and
// reports how many there were. Exit code 1 when one of them got through. `-- audit [--json]` asks the registry for known weaknesses of
// packages, `-- signatures [--json]` whether it signed them, `-- sbom [FILE]` writes what a shop consists of, `-- schemathesis [--seed N]`
// lets the fuzzer of somebody else ask a shop.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keepProofs } from './keep-proofs.ts'
import { schemathesis } from './fuzz/schemathesis.ts'
import type { Proof } from './proof.ts'
import { audit, sbom, signatures } from './supply-chain/commands.ts'

interface Assertion {
  readonly title: string
  readonly status: string
  readonly failureMessages?: readonly string[]
  /** what a test counted: routes, requests, payloads */
  readonly meta?: { readonly figures?: Record<string, number | string>; readonly proof?: Proof }
}

interface FileReport {
  readonly file: string
  readonly passed: number
  readonly failed: number
  readonly seconds: number
  readonly figures: Record<string, number | string>
  readonly failures: readonly { test: string; message: string }[]
  readonly proofs: readonly (Proof & { readonly holds: boolean })[]
}

const root = fileURLToPath(new URL('../../', import.meta.url))

async function run(names: readonly string[], quiet: boolean): Promise<{ code: number; files: FileReport[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'souk-security-report-'))
  const output = join(folder, 'report.json')
  const filters = names.length > 0 ? names : ['tests/security/']
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'security',
    '--reporter=json',
    `--outputFile.json=${output}`,
  ]
  const child = spawn(process.execPath, [...args, ...(quiet ? [] : ['--reporter=default']), ...filters], {
    cwd: root,
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'],
  })
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status) => resolve(status ?? 1))
  })
  const text = await readFile(output, 'utf8').catch(() => '{"testResults":[]}')
  await rm(folder, { recursive: true, force: true })
  return { code, files: (JSON.parse(text) as { testResults: Parameters<typeof fileReport>[0][] }).testResults.map(fileReport) }
}

function fileReport(result: {
  name: string
  status: string
  message?: string
  startTime: number
  endTime: number
  assertionResults: Assertion[]
}): FileReport {
  const failed = result.assertionResults.filter(({ status }) => status === 'failed')
  // a file that does not even load has no tests of its own to fail
  const broken = result.status === 'failed' && failed.length === 0
  return {
    file: relative(root, result.name),
    passed: result.assertionResults.filter(({ status }) => status === 'passed').length,
    failed: failed.length + (broken ? 1 : 0),
    seconds: Math.round((result.endTime - result.startTime) / 100) / 10,
    proofs: result.assertionResults.flatMap(({ status, meta }) =>
      meta?.proof ? [{ ...meta.proof, holds: status === 'passed' }] : [],
    ),
    figures: Object.assign({}, ...result.assertionResults.map(({ meta }) => meta?.figures ?? {})),
    failures: [
      ...(broken ? [{ test: '(the file)', message: result.message ?? '' }] : []),
      ...failed.map(({ title, failureMessages }) => ({ test: title, message: failureMessages?.[0] ?? '' })),
    ],
  }
}

const asked = process.argv.slice(2)
const json = asked.includes('--json')
if (asked[0] === 'audit') process.exit(await audit(root, json))
if (asked[0] === 'signatures') process.exit(await signatures(root, json))
if (asked[0] === 'sbom') process.exit(await sbom(root, asked[1]))
if (asked[0] === 'schemathesis') process.exit(await schemathesis(root, asked.slice(1)))
const { code, files } = await run(
  asked.filter((word) => !word.startsWith('--')),
  json,
)
const sum = (pick: (file: FileReport) => number): number => files.reduce((total, file) => total + pick(file), 0)
const report = { passed: sum(({ passed }) => passed), failed: sum(({ failed }) => failed), files }
keepProofs(files)
if (json) console.log(JSON.stringify(report))
else {
  for (const { file, passed, failed, seconds, figures } of files) {
    const counted = Object.entries(figures).map(([name, value]) => `${name} ${value}`)
    console.log(`${file}: ${passed} held, ${failed} failed, ${seconds} s${counted.length > 0 ? ` (${counted.join(', ')})` : ''}`)
  }
  console.log(`security: ${report.passed} held, ${report.failed} failed`)
}
process.exit(files.length === 0 ? 1 : code)
