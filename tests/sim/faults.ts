import { DomainError } from '#kit/core/errors.ts'
import type { Random } from './random.ts'

/** Everything that may go wrong, with the highest probability a seed may give it. */
const MOST = {
  'request is lost': 0.05,
  'answer is lost': 0.05,
  'database refuses': 0.05,
  'commit is unknown': 0.05,
  'gateway is slow': 0.2,
  'gateway is silent after a refund': 0.5,
  'webhook is doubled': 0.5,
  'webhook is late': 0.5,
  'log repeats an event': 0.2,
  'reaction fails': 0.1,
  'relay loses its session': 0.1,
} as const
export type Fault = keyof typeof MOST

/** Which faults a seed knows, and how often: about half of them, so that seeds differ in kind and not only in detail. */
export class Faults {
  on = true
  readonly #random: Random
  readonly #probability = new Map<Fault, number>()
  /** every so many events; 0: none */
  readonly #poison: number
  /** mean milliseconds between two kills, stops and clock jumps */
  readonly killEvery: number
  readonly stopEvery: number
  readonly skewEvery: number

  constructor(random: Random) {
    this.#random = random
    for (const fault of Object.keys(MOST) as Fault[]) {
      this.#probability.set(fault, random.chance(0.5) ? random.next() * MOST[fault] : 0)
    }
    this.#poison = random.chance(0.4) ? random.between(7, 60) : 0
    this.killEvery = random.chance(0.7) ? random.between(1500, 15_000) : Infinity
    this.stopEvery = random.chance(0.4) ? random.between(5000, 30_000) : Infinity
    this.skewEvery = random.chance(0.3) ? random.between(5000, 30_000) : Infinity
  }

  happens(fault: Fault): boolean {
    return this.on && this.#random.chance(this.#probability.get(fault)!)
  }

  /** Events that the witness cannot stand, until somebody mends him: always the same ones. */
  isPoison(eventId: string): boolean {
    return this.on && this.#poison > 0 && Number.parseInt(eventId.slice(-6), 16) % this.#poison === 0
  }

  /** A wait around `typicalMs`, now and then a very long one. */
  latency(typicalMs: number): number {
    const spread = typicalMs * (0.2 + 1.6 * this.#random.next())
    return this.on && this.#random.chance(0.01) ? spread * 100 : spread
  }
}

export function unavailable(what: string): DomainError {
  return new DomainError('unavailable', 'simulation/unavailable', what)
}
