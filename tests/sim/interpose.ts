import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import { BEGINNING, type Kernel } from './kernel.ts'
import { createRandom } from './random.ts'

/*
 * The product's own code is run as it is. What it would ask of the real world – the time, timers, random numbers – is answered by
 * the simulation, as a simulated operating system would: by standing between the code and Node's functions.
 */

let kernel: Kernel

/** For what only has to be different each time. Not of the seed: our code draws it ahead, across seeds, so it must never decide anything. */
const unguessable = createRandom(1)

class VirtualDate extends Date {
  constructor(...parts: [] | [string | number | Date]) {
    if (parts.length === 0) super(VirtualDate.now())
    else super(...(parts as [string]))
  }
  static override now(): number {
    return kernel.now + kernel.machine().skewMs
  }
}

/** Replaces time, timers and chance for the rest of this Node process; `simulate` then names the kernel that answers. */
export function interpose(): void {
  const setTimeout = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const timer = kernel.timer(ms, () => run(...args))
    return Object.assign(timer, { unref: () => timer, ref: () => timer, hasRef: () => true })
  }
  const clearTimeout = (timer?: { cancel(): void }) => timer?.cancel()
  Object.assign(globalThis, { Date: VirtualDate, setTimeout, clearTimeout })
  Math.random = () => kernel.random.next()
  performance.now = () => kernel.now - BEGINNING
  Object.assign(timers, {
    setTimeout: (ms: number, value: unknown, options?: { signal?: AbortSignal }) =>
      new Promise((resolve, reject) => {
        if (options?.signal?.aborted) reject(options.signal.reason)
        const timer = kernel.timer(ms, () => resolve(value))
        options?.signal?.addEventListener('abort', () => {
          timer.cancel()
          reject(options.signal!.reason)
        })
      }),
  })
  Object.assign(crypto, {
    randomBytes: (count: number) => unguessable.bytes(count),
    randomFillSync: (buffer: Buffer) => unguessable.bytes(buffer.length).copy(buffer),
    randomInt: (...range: number[]) => unguessable.between(range.length > 1 ? range[0]! : 0, range.at(-1)! - 1),
    randomUUID: () => {
      throw new Error('a simulation makes its ids itself')
    },
  })
  syncBuiltinESMExports()
}

export function answerFrom(simulated: Kernel): void {
  kernel = simulated
}
