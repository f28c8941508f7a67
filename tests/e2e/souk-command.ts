import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

export type Line = Record<string, unknown>
export interface Run {
  readonly child: ChildProcess
  readonly ended: Promise<{ code: number | null; lines: Line[]; last: Line; errors: string }>
}

/** `souk <args> --json` on the installation in `dir`, on which no shop runs. `onLine` sees every line as it comes. */
export function souk(dir: string, args: readonly string[], onLine: (line: Line) => void = () => undefined): Run {
  const env = { ...process.env, SOUK_DIR: dir, SEED_DEMO: 'false', LOG_LEVEL: 'warn' }
  const child = spawn(process.execPath, ['apps/souk/main.ts', ...args, '--json'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: Line[] = []
  let errors = ''
  createInterface({ input: child.stdout }).on('line', (text) => {
    if (!text.startsWith('{')) return
    const line = JSON.parse(text) as Line
    lines.push(line)
    onLine(line)
  })
  child.stderr.on('data', (data) => (errors += data))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, lines, last: lines.at(-1) ?? {}, errors }))
  return { child, ended }
}

/** `souk <args> --json` with exactly these variables: exit code, lines of the answer, and what it complained of. */
export async function command(environment: NodeJS.ProcessEnv, args: readonly string[]) {
  const run = spawn(process.execPath, ['apps/souk/main.ts', ...args, '--json'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const errors: string[] = []
  createInterface({ input: run.stdout }).on('line', (line) => lines.push(line))
  createInterface({ input: run.stderr }).on('line', (line) => errors.push(line))
  const [code] = (await once(run, 'close')) as [number | null]
  return {
    code,
    lines: lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>),
    errors: errors.join('\n'),
  }
}
