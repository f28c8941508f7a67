import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../settings.ts'
import { eachLine } from './output.ts'
import type { StackProcess } from './topology.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000
/** One that ran this long has come up: the next failure is a new one. */
const SETTLED_MS = 30_000
const LOOK_MS = 100

export type ProcessState = 'waiting' | 'starting' | 'up' | 'ended' | 'stopping' | 'stopped'

/** What a process said when it was ready. */
export interface Ready {
  readonly url: string
  readonly administrator?: { readonly email: string; readonly password: string }
}

export interface KeptProcess {
  readonly process: StackProcess
  readonly state: ProcessState
  readonly pid: number | undefined
  readonly restarts: number
  readonly startedAt: Date | undefined
  readonly ready: Ready | undefined
  /** Starts it; rejects when it ends before it listens. From then on it is started again whenever it ends. */
  start(): Promise<void>
  /** Waits until it takes requests: it may have to wait for others first. */
  takesRequests(timeoutMs: number): Promise<void>
  /** Waits until the services that others need say that they are well. */
  isWell(timeoutMs: number): Promise<void>
  /** SIGTERM, and SIGKILL after `milliseconds`. */
  stop(milliseconds: number): Promise<void>
}

export interface KeepOptions {
  readonly environment: Environment
  readonly root: URL
  readonly onLine: (line: string) => void
  /** something changed that a person wants to know */
  readonly onChange: (state: ProcessState, details: Record<string, unknown>) => void
}

/** One process of the stack, brought back when it ends without being asked to: after half a second, then ever later. */
export function keepProcess(process_: StackProcess, { environment, root, onLine, onChange }: KeepOptions): KeptProcess {
  const main = fileURLToPath(new URL('apps/souk/main.ts', root))
  let child: ChildProcess | undefined
  let ended: Promise<unknown> = Promise.resolve()
  let state: ProcessState = 'waiting'
  let restarts = 0
  let failures = 0
  let startedAt: Date | undefined
  let ready: Ready | undefined
  let wanted = false
  const enter = (next: ProcessState, details: Record<string, unknown> = {}) => {
    state = next
    onChange(next, details)
  }

  const launch = async (): Promise<void> => {
    enter('starting')
    startedAt = new Date()
    const started = spawn(process.execPath, [main, 'serve', ...process_.services, '--json'], {
      cwd: fileURLToPath(root),
      env: environment,
      // The channel says nothing: it breaks when this process is killed, and then the other one stops too.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C of a terminal goes to its whole group; who stops when is decided here.
      detached: true,
    })
    child = started
    const up = new Promise<Ready>((resolve) => {
      eachLine(started.stdout!, (line) => {
        if (line.startsWith('{"ready":true')) resolve(JSON.parse(line) as Ready)
        else onLine(line)
      })
      eachLine(started.stderr!, onLine)
    })
    const end = once(started, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    ended = end.then(([code, signal]) => onEnd(started, code, signal))
    const early = end.then(([code, signal]) => {
      throw new Error(`${process_.name} ended with ${signal ?? code} before it listened`)
    })
    early.catch(() => undefined)
    ready = await Promise.race([up, early])
    enter('up', { pid: started.pid, url: ready.url })
  }

  const onEnd = (which: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void => {
    if (which !== child) return
    if (!wanted) {
      enter('stopped', { code })
      return
    }
    failures = Date.now() - (startedAt?.getTime() ?? 0) > SETTLED_MS ? 1 : failures + 1
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS)
    enter('ended', { code, signal, againInMs: pause })
    void delay(pause).then(() => {
      if (!wanted || which !== child) return
      restarts += 1
      // It fails by ending, which brings us here again.
      launch().catch(() => undefined)
    })
  }

  const until = async (path: string, timeoutMs: number, problem: string): Promise<void> => {
    const end = Date.now() + timeoutMs
    for (;;) {
      if (state === 'up' && ready && (await answers(`${ready.url}${path}`))) return
      if (!wanted) throw new Error(`${process_.name} was stopped`)
      if (Date.now() > end) throw new Error(`${process_.name} ${problem} after ${timeoutMs / 1000} s`)
      await delay(LOOK_MS)
    }
  }

  return {
    process: process_,
    get state() {
      return state
    },
    get pid() {
      return child?.exitCode === null && child.signalCode === null ? child.pid : undefined
    },
    get restarts() {
      return restarts
    },
    get startedAt() {
      return startedAt
    },
    get ready() {
      return ready
    },
    async start() {
      wanted = true
      await launch()
    },
    takesRequests: (timeoutMs) => until('/actuator/health/readiness', timeoutMs, 'does not take requests'),
    async isWell(timeoutMs) {
      // not readiness: who knows users waits with that for auth, which comes later
      for (const name of process_.needed) await until(`/actuator/health/${name}`, timeoutMs, 'is not well')
    },
    async stop(milliseconds) {
      const running = child
      const was = wanted
      wanted = false
      if (!running || running.exitCode !== null || running.signalCode !== null) {
        if (was) enter('stopped')
        return
      }
      enter('stopping')
      running.kill('SIGTERM')
      const timer = setTimeout(() => running.kill('SIGKILL'), milliseconds)
      await ended
      clearTimeout(timer)
    },
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}
