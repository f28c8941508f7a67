import type { Writable } from 'node:stream'

/** How far a long piece of work is. */
export interface Progress {
  /** `done` items so far; `note` is shown behind the numbers */
  update(done: number, note?: string): void
  /** Clears the line (or writes the last JSON line). Call it once, also after a failure. */
  finish(done?: number): void
}

/**
 * Where a command's words go. Answers go to stdout; progress, warnings and errors to stderr, so that a pipe gets answers
 * only. With `--json` an answer is one JSON document a line, and `text` is silent.
 */
export interface Terminal {
  readonly json: boolean
  /** a person is watching */
  readonly interactive: boolean
  /** For people; not written with --json. */
  text(line: string): void
  /** For programs; not written without --json. Several calls make JSON lines. bigint becomes a number if it is exact, else text. */
  data(value: unknown): void
  /** For people, on stderr: the answer is not affected. */
  warn(line: string): void
  /** The same without a name before it: lines of somebody else that are passed on. */
  note(line: string): void
  /** `total` unknown: rate only. Silent unless a person watches, --progress or --json was given. */
  progress(label: string, total?: number): Progress
}

export interface TerminalOptions {
  stdout: Writable & { isTTY?: boolean; columns?: number }
  stderr: Writable & { isTTY?: boolean; columns?: number }
  json: boolean
  /** show progress although nobody seems to watch */
  progress: boolean
  now?: () => number
}

export function toJsonText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? (BigInt(Number(item)) === item ? Number(item) : item.toString()) : item,
  )
}

export function createTerminal(options: TerminalOptions): Terminal {
  const { stdout, stderr, json } = options
  const now = options.now ?? Date.now
  const interactive = stderr.isTTY === true && !json
  return {
    json,
    interactive,
    text: (line) => void (json || stdout.write(`${line}\n`)),
    data: (value) => void (json && stdout.write(`${toJsonText(value)}\n`)),
    warn: (line) => void stderr.write(`souk: ${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    progress: (label, total) => {
      if (!interactive && !options.progress && !json) return { update() {}, finish() {} }
      const write = json
        ? (state: ProgressState) => void stdout.write(`${toJsonText({ progress: label, ...state })}\n`)
        : (state: ProgressState, last: boolean) =>
            void stderr.write(progressLine(label, state, interactive, last, stderr.columns ?? 80))
      return startProgress(write, total, now, interactive ? 100 : 1000)
    },
  }
}

interface ProgressState {
  done: number
  total?: number
  /** items per second over the whole run */
  perSecond: number
  /** whole seconds, as long as total is known */
  secondsLeft?: number
  note?: string
}

function startProgress(
  write: (state: ProgressState, last: boolean) => void,
  total: number | undefined,
  now: () => number,
  everyMs: number,
): Progress {
  const startedAt = now()
  let writtenAt = startedAt
  let latest: ProgressState = { done: 0, perSecond: 0 }
  const measure = (done: number, note?: string): ProgressState => {
    const seconds = Math.max((now() - startedAt) / 1000, 0.001)
    const perSecond = Math.round((done / seconds) * 10) / 10
    return {
      done,
      ...(total === undefined ? {} : { total }),
      perSecond,
      ...(total === undefined || perSecond === 0 ? {} : { secondsLeft: Math.ceil(Math.max(total - done, 0) / perSecond) }),
      ...(note === undefined ? {} : { note }),
    }
  }
  return {
    update(done, note) {
      latest = { ...latest, done }
      if (now() - writtenAt < everyMs) return
      writtenAt = now()
      latest = measure(done, note)
      write(latest, false)
    },
    finish(done = latest.done) {
      write(measure(done), true)
    },
  }
}

function progressLine(label: string, state: ProgressState, overwrite: boolean, last: boolean, columns: number): string {
  const percent = state.total ? ` (${Math.min(100, Math.floor((state.done / state.total) * 100))} %)` : ''
  const of = state.total === undefined ? '' : ` of ${state.total}`
  const left = state.secondsLeft === undefined || last ? '' : `, ${duration(state.secondsLeft)} left`
  const note = state.note === undefined ? '' : `, ${state.note}`
  const line = `${label}: ${state.done}${of}${percent}, ${state.perSecond}/s${left}${note}`
  if (!overwrite) return `${line}\n`
  return `\r\x1b[K${line.slice(0, Math.max(columns - 1, 20))}${last ? '\n' : ''}`
}

/** `75` → `1 min 15 s` */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}
