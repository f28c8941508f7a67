import { cpus } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

/** CPU time of the machine since its start, in milliseconds. */
export interface CpuTimes {
  readonly idle: number
  readonly all: number
}

export interface SpareTimeOptions {
  /** share of the machine's CPU time from which on it counts as busy */
  readonly busyFrom?: number
  /** work that has waited for this long goes on, busy or not: it is put behind other work, not given up */
  readonly patienceMs?: number
  readonly sample?: () => CpuTimes
  readonly everyMs?: number
}

/** Waits until the machine has time to spare, or until patience ends. At once when `signal` says stop. */
export type SpareTime = (signal?: AbortSignal) => Promise<void>

/**
 * For work that can wait a little (writing mails, drawing documents) and shares cores with shoppers and with the events of orders:
 * asked before every batch. On a machine that is not busy it costs nothing; on one that is, the batches come `patienceMs` apart.
 */
export function createSpareTime(options: SpareTimeOptions = {}): SpareTime {
  const { busyFrom = BUSY_FROM, patienceMs = 1000, sample, everyMs = 200 } = options
  const load = sample ? createLoad(sample, everyMs) : machineLoad
  const isBusy = (): boolean => load() >= busyFrom

  return async (signal) => {
    const until = performance.now() + patienceMs
    while (!signal?.aborted && isBusy() && performance.now() < until) {
      await delay(everyMs, undefined, signal ? { signal } : {}).catch(() => undefined)
    }
  }
}

/** Share of the CPU time that was used between the last two looks, which are `everyMs` apart or more. */
function createLoad(sample: () => CpuTimes, everyMs: number): () => number {
  let last = sample()
  let lastAt = Number.NEGATIVE_INFINITY
  let load = 0
  return () => {
    if (performance.now() - lastAt < everyMs) return load
    const now = sample()
    const all = now.all - last.all
    if (all > 0) load = 1 - (now.idle - last.idle) / all
    last = now
    lastAt = performance.now()
    return load
  }
}

/** From which load on the machine has no time for what can wait. */
const BUSY_FROM = 0.85

/** Is the machine short of time at the moment? */
export const machineIsBusy = (): boolean => machineLoad() >= BUSY_FROM

/** One for the process: a look costs half a millisecond. */
const machineLoad = createLoad(machineTimes, 200)

function machineTimes(): CpuTimes {
  let idle = 0
  let all = 0
  for (const { times } of cpus()) {
    idle += times.idle
    all += times.idle + times.user + times.nice + times.sys + times.irq
  }
  return { idle, all }
}
