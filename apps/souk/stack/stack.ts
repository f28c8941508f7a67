import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '#kit/service/logger.ts'
import type { Environment } from '../settings.ts'
import { type KeptProcess, keepProcess, type ProcessState } from './kept-process.ts'
import { meetingSettings, type StackProcess, stopWavesOf, wavesOf } from './topology.ts'

export interface StackOptions {
  readonly processes: readonly StackProcess[]
  /** settings of every process */
  readonly environment: Environment
  /** and of one */
  readonly environmentOf: (process: StackProcess) => Environment
  readonly root: URL
  readonly host: string
  readonly log: Logger
  readonly shutdownSeconds: number
  /** how long those that start later wait for one that is not well; default 30 s */
  readonly patienceMs?: number
  readonly onLine: (process: StackProcess, line: string) => void
  readonly onChange: (process: StackProcess, state: ProcessState, details: Record<string, unknown>) => void
}

export interface Stack {
  readonly kept: readonly KeptProcess[]
  /** In waves, each when the one before it listens and what all need is well; returns when all take requests. */
  start(): Promise<void>
  /** One process after the other goes and comes back; the next one when all take requests again. `only`: of these services. */
  restart(only: readonly string[], onStep: (name: string) => void): Promise<void>
  /** The doors first, then what is behind them. */
  stop(): Promise<void>
}

const READY_MS = 120_000
const PATIENCE_MS = 30_000
const LOOPBACK = '127.0.0.1'
/** Everybody is near: asking often costs little, and a restart is noticed soon. */
const FETCH_SECONDS = 1
const RENEW_SECONDS = 2

/** All processes of a split shop on this machine. */
export function openStack(options: StackOptions): Stack {
  const { processes, root, host, log, shutdownSeconds, patienceMs = PATIENCE_MS } = options
  const told = meetingSettings(processes, LOOPBACK)
  // a config server of one's own comes before that of the stack
  const meeting = options.environment.CONFIG_URL?.trim() ? { ...told, CONFIG_URL: options.environment.CONFIG_URL } : told
  const kept = processes.map((process) =>
    keepProcess(process, {
      root,
      environment: {
        ...options.environment,
        ...options.environmentOf(process),
        // only the door is for everybody
        HOST: process.door ? host : LOOPBACK,
        ADVERTISED_HOST: LOOPBACK,
        REGISTRY_FETCH_SECONDS: options.environment.REGISTRY_FETCH_SECONDS ?? String(FETCH_SECONDS),
        REGISTRY_RENEW_SECONDS: options.environment.REGISTRY_RENEW_SECONDS ?? String(RENEW_SECONDS),
        PORT: String(process.port),
        ...meeting,
      },
      onLine: (line) => options.onLine(process, line),
      onChange: (state, details) => options.onChange(process, state, details),
    }),
  )
  const of = (wave: readonly StackProcess[]) => kept.filter(({ process }) => wave.includes(process))
  // a process works on its own stop as long as it was told to, then on the end of its connections
  const bound = (shutdownSeconds + 5) * 1000
  let stopping = false

  const allTakeRequests = async () => {
    await Promise.all(kept.map((each) => each.takesRequests(READY_MS)))
    // each has registered; by then each has heard of the others
    if (!('SOUK_PEERS' in meeting)) await delay(2 * FETCH_SECONDS * 1000)
  }

  /** A registry or configuration that is not well keeps nobody from starting for good: without it they work too. */
  const allWell = async (wave: readonly StackProcess[]) => {
    const well = (process: KeptProcess) =>
      process
        .isWell(patienceMs)
        .catch((error: unknown) => log.warn({ err: error, process: process.process.name }, 'others start without it'))
    await Promise.all(of(wave).map(well))
  }

  return {
    kept,
    async start() {
      for (const wave of wavesOf(processes)) {
        if (stopping) return
        await eachOf(of(wave), lanes(), (process) => process.start())
        await allWell(wave)
      }
      await allTakeRequests()
    },
    async restart(only, onStep) {
      const wanted = kept.filter(({ process }) => only.length === 0 || process.services.some((service) => only.includes(service)))
      // First all first instances, so that of two releases each service has one for a while, not one service both.
      const inTurn = [...wanted].sort((a, b) => a.process.instance - b.process.instance || a.process.order - b.process.order)
      for (const process of inTurn) {
        if (stopping) return
        onStep(process.process.name)
        await process.stop(bound)
        // one that fails to start is started again; who takes no requests in the end stops this, and the neighbours stay
        await process
          .start()
          .catch((error: unknown) => log.warn({ err: error, process: process.process.name }, 'a start failed; it is tried again'))
        await allTakeRequests()
      }
    },
    async stop() {
      stopping = true
      for (const wave of stopWavesOf(processes)) {
        await Promise.all(
          of(wave).map((process) => process.stop(bound).catch((error: unknown) => log.warn({ err: error }, 'stop'))),
        )
      }
    },
  }
}

/** Starting is loading code: more at once than there are cores only makes each of them late. */
const lanes = () => Math.max(2, availableParallelism())

async function eachOf<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
