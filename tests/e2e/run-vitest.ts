import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Round } from './rounds.ts'
import { SHARED } from './shared-shop.ts'
import type { Topology } from './topology.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly { readonly status: string; readonly title: string; readonly failureMessages?: string[] }[]
  }[]
}

interface Options {
  readonly topology: Topology
  /** what fails is told at the end, from the report */
  readonly quiet: boolean
  /** for vitest */
  readonly options: readonly string[]
}

/** Runs the files of a round: what vitest reports, its exit code, and the processes that the last shop had. */
export async function runVitest(round: Round, { topology, quiet, options }: Options) {
  const folder = await mkdtemp(join(tmpdir(), 'souk-e2e-report-'))
  const output = join(folder, 'report.json')
  const processes = join(folder, 'processes.json')
  const reporters = ['--reporter=json', `--outputFile.json=${output}`, ...(quiet ? [] : ['--reporter=default'])]
  const child = spawn(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'e2e',
      ...(round.shared ? ['--no-file-parallelism'] : []),
      ...reporters,
      ...options,
      ...round.files,
    ],
    {
      cwd: root,
      stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'],
      env: {
        ...process.env,
        E2E_TOPOLOGY: topology,
        E2E_PROCESSES: processes,
        EVENTS_STRATEGY: round.events,
        ...(round.shared ? { [SHARED]: round.shared } : {}),
      },
    },
  )
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status) => resolve(status ?? 1))
  })
  const read = async <T>(file: string, otherwise: T): Promise<T> =>
    await readFile(file, 'utf8').then(
      (text) => JSON.parse(text) as T,
      () => otherwise,
    )
  const none: Report = { numPassedTests: 0, numFailedTests: 0, testResults: [] }
  const [report, names] = [await read(output, none), await read<string[]>(processes, [])]
  await rm(folder, { recursive: true, force: true })
  return { round, report, code, processes: names }
}
