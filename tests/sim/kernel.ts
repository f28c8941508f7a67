import { AsyncLocalStorage } from 'node:async_hooks'
import type { Random } from './random.ts'

/** The first moment of every simulation: nothing may depend on the day it is run. */
export const BEGINNING = Date.UTC(2030, 0, 1)

/** A simulated operating-system process. What it awaits after its death never comes. */
export interface Machine {
  readonly name: string
  alive: boolean
  /** its wall clock is wrong by so many milliseconds */
  skewMs: number
  /** SIGSTOP: nothing it awaits comes before this moment */
  stoppedUntil: number
  /** runs something on it */
  readonly enter: <T>(work: () => T) => T
  /** connections to close, locks to let go: what the world notices of a death */
  readonly atDeath: Set<() => void>
}

interface Entry {
  at: number
  order: number
  run: () => void
  cancelled: boolean
}

const nextTick = globalThis.setImmediate

/**
 * Virtual time. Everything that happens is an entry of one queue; between two entries all promises that can settle do. The order
 * of entries depends on the seed alone, so a seed is a whole history.
 */
export class Kernel {
  readonly random: Random
  now = BEGINNING
  steps = 0
  #order = 0
  readonly #queue: Entry[] = []
  readonly #machine = new AsyncLocalStorage<Machine>()
  /** the database server and the outside world: nothing kills them here, their clock is right */
  readonly outside: Machine = this.boot('outside')

  constructor(random: Random) {
    this.random = random
  }

  machine(): Machine {
    return this.#machine.getStore() ?? this.outside
  }

  boot(name: string): Machine {
    const machine = { name, alive: true, skewMs: 0, stoppedUntil: 0, atDeath: new Set<() => void>() }
    // Taken once: to enter a snapshot costs nothing, to enter a store anew a copy of all stores.
    const enter = AsyncLocalStorage.snapshot()
    const booted = { ...machine, enter }
    return Object.assign(booted, { enter: this.#machine.run(booted, () => AsyncLocalStorage.snapshot()) })
  }

  at(moment: number, run: () => void): { cancel(): void } {
    this.#order += 1
    const entry: Entry = { at: Math.max(moment, this.now), order: this.#order, run, cancelled: false }
    push(this.#queue, entry)
    return {
      cancel: () => {
        entry.cancelled = true
      },
    }
  }

  /** A timer of the running machine: it dies with it and waits while it is stopped. */
  timer(ms: number, run: () => void): { cancel(): void } {
    const machine = this.machine()
    const fire = (): void => {
      if (!machine.alive) return
      if (machine.stoppedUntil > this.now) handle = this.at(machine.stoppedUntil, fire)
      else machine.enter(run)
    }
    let handle = this.at(this.now + Math.max(0, ms), fire)
    return { cancel: () => handle.cancel() }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.timer(ms, resolve)
    })
  }

  /** Waits for something outside this machine: the answer comes only if the machine still lives, and not while it is stopped. */
  answer<T>(work: Promise<T>): Promise<T> {
    const machine = this.machine()
    return new Promise((resolve, reject) => {
      const deliver = (settle: () => void): void => {
        if (!machine.alive) return
        if (machine.stoppedUntil > this.now) this.at(machine.stoppedUntil, () => deliver(settle))
        else settle()
      }
      work.then(
        (value) => deliver(() => resolve(value)),
        (error: unknown) => deliver(() => reject(error)),
      )
    })
  }

  kill(machine: Machine): void {
    if (!machine.alive) return
    machine.alive = false
    for (const notice of [...machine.atDeath]) notice()
    machine.atDeath.clear()
  }

  /** Runs entries until `done`, or until `deadline` (virtual) or `mostSteps`. True if done. */
  async run(done: () => boolean, deadline: number, mostSteps: number): Promise<boolean> {
    for (;;) {
      await new Promise<void>((resolve) => {
        nextTick(resolve)
      })
      if (done()) return true
      const entry = pop(this.#queue)
      if (!entry) return done()
      if (entry.cancelled) continue
      if (entry.at > deadline || this.steps >= mostSteps) return false
      this.now = entry.at
      this.steps += 1
      entry.run()
    }
  }
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!before(entry, heap[parent]!)) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = entry
}

function pop(heap: Entry[]): Entry | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (!first || !last || heap.length === 0) return first
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1
    if (!before(heap[child]!, last)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
  return first
}
