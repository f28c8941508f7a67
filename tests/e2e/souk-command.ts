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
export const souk = (dir: string, args: readonly string[], onLine?: (line: Line) => void): Run =>
  run({ ...process.env, SOUK_DIR: dir, SEED_DEMO: 'false', LOG_LEVEL: 'warn' }, args, onLine)

/** `souk <args> --json` with exactly these variables: exit code, lines of the answer, and what it complained of. */
export async function command(environment: NodeJS.ProcessEnv, args: readonly string[]) {
  const { code, lines, errors } = await run(environment, args).ended
  return { code, lines, errors: errors.trimEnd() }
}

function run(env: NodeJS.ProcessEnv, args: readonly string[], onLine: (line: Line) => void = () => undefined): Run {
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
  child.stderr.setEncoding('utf8').on('data', (data) => (errors += data))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, lines, last: lines.at(-1) ?? {}, errors }))
  return { child, ended }
}
