import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ran, script } from './shop-for-strangers.ts'

const folder = script('spring-client')

/** What the application saw when it was up. */
export interface Report {
  readonly read: Record<string, string>
  readonly found: { readonly instances: string[]; readonly titles: string[] }
}

export interface SpringClient {
  readonly report: Report
  /** SIGTERM; waits for the graceful end */
  stop(): Promise<void>
  /** ends it if it still runs */
  remove(): Promise<void>
}

/** Makes the jar of the application with the Maven that MVN names. */
export async function buildSpringClient(): Promise<void> {
  const { code, out, errors } = await ran(
    process.env['MVN'] ?? 'mvn',
    ['-B', '-q', '-f', join(folder, 'pom.xml'), 'package'],
    600_000,
  )
  if (code !== 0) throw new Error(`Maven ended with ${code}:\n${out}${errors}`)
}

/** Starts the application and waits for the line that it prints when it has done everything once. */
export async function startSpringClient(environment: Record<string, string>): Promise<SpringClient> {
  const child: ChildProcess = spawn(
    'java',
    ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-jar', join(folder, 'build/spring-client.jar')],
    {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const printed: string[] = []
  const ready = new Promise<Report>((resolve) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        // of a failure what it says, not where in Spring it was
        if (!line.startsWith('\tat ')) printed.push(line)
        if (line.startsWith('{')) resolve(JSON.parse(line) as Report)
      })
    }
  })
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await exited
  }
  const report = await Promise.race([
    ready,
    exited.then((code) => {
      throw new Error(`the Spring application ended with ${code}:\n${printed.slice(-40).join('\n')}`)
    }),
  ])
  return { report, stop: () => end('SIGTERM'), remove: () => end('SIGKILL') }
}
