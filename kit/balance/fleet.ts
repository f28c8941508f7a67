import type { Instance, Line } from './instance.ts'

/** A service that runs elsewhere, with its instances. */
export class Fleet<L extends Line = Line> {
  readonly service: string
  readonly instances: readonly Instance<L>[]
  readonly #random: () => number

  constructor(service: string, instances: readonly Instance<L>[], random: () => number = Math.random) {
    this.service = service
    this.instances = instances
    this.#random = random
  }

  /** Of two taken at random the one with less in flight: nearly as good as asking all, and no herd runs to the idle one. */
  lessBusy(list: readonly Instance<L>[]): Instance<L> | undefined {
    if (list.length < 2) return list[0]
    const first = Math.floor(this.#random() * list.length)
    const second = (first + 1 + Math.floor(this.#random() * (list.length - 1))) % list.length
    const [a, b] = [list[first]!, list[second]!]
    return a.inFlight <= b.inFlight ? a : b
  }

  /** Seconds until the first breaker lets somebody knock. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(Math.min(...this.instances.map(({ breaker }) => breaker.waitMs)) / 1000))
  }
}
