import type { Terminal } from '../terminal.ts'
import type { StackStatus } from './control.ts'
import type { ProcessState } from './kept-process.ts'

export interface StackReady extends StackStatus {
  readonly administrator: { readonly email: string; readonly password: string } | undefined
  readonly milliseconds: number
}

/** What a person (or a program, with --json) sees of a stack. With --json the lines of the processes go to stderr. */
export interface Report {
  line(name: string, line: string): void
  change(name: string, state: ProcessState, details: Record<string, unknown>): void
  ready(stack: StackReady): void
  stopping(): void
}

const words: Readonly<Record<ProcessState, string | undefined>> = {
  waiting: undefined,
  starting: 'starts',
  up: 'is up',
  ended: 'ended',
  stopping: 'stops',
  stopped: 'has stopped',
}

export function reportOf(terminal: Terminal, prefixed: (name: string, line: string) => string): Report {
  const say = (name: string, line: string) =>
    terminal.json ? terminal.note(prefixed(name, line)) : terminal.text(prefixed(name, line))
  return {
    line: say,
    change(name, state, details) {
      terminal.data({ process: name, state, ...details })
      const word = words[state]
      if (word && !terminal.json) terminal.text(prefixed(name, `${word}${described(details)}`))
    },
    ready({ administrator, milliseconds, ...status }) {
      terminal.data({ ready: true, milliseconds, administrator, ...status })
      const { url, processes, topology } = status
      terminal.text(
        `\n  Souk is open: ${url}   (${processes.length} processes, ${topology}, ready in ${(milliseconds / 1000).toFixed(1)} s)\n`,
      )
      terminal.text(tableOf(status))
      terminal.text(`\n  API        ${url}/swagger-ui.html`)
      if (administrator) terminal.text(`  Sign in    ${administrator.email} / ${administrator.password}`)
      terminal.text('  Ctrl-C stops all of them.\n')
    },
    stopping() {
      terminal.data({ stopping: true })
      terminal.text('\n  Stopping: the gateway first, then what is behind it.')
    },
  }
}

function described(details: Record<string, unknown>): string {
  const { url, signal, code, againInMs, pid } = details
  if (url) return ` at ${url} (pid ${pid})`
  if (againInMs !== undefined) return ` (${signal ?? `code ${code}`}); starts again in ${Number(againInMs) / 1000} s`
  return ''
}

/** One line a process: where it is, how it is, what it takes. */
export function tableOf({ processes, rssMb }: StackStatus): string {
  const width = Math.max(...processes.map(({ name }) => name.length))
  const lines = processes.map(({ name, state, url, pid, restarts, rssMb: mb, services }) =>
    [
      `  ${name.padEnd(width)}`,
      state.padEnd(8),
      (url ?? '').padEnd(22),
      `pid ${pid ?? '–'}`.padEnd(11),
      mb === null ? '' : `${String(mb).padStart(4)} MB`,
      restarts > 0 ? `${restarts} ×` : '',
      services.length > 1 ? services.join(', ') : '',
    ]
      .join('  ')
      .trimEnd(),
  )
  const total = processes.reduce((sum, { rssMb: mb }) => sum + (mb ?? 0), rssMb ?? 0)
  return total > 0 ? `${lines.join('\n')}\n  ${total} MB in all, with the ${rssMb} MB of this one` : lines.join('\n')
}
