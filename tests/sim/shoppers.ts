import type { CheckoutResult } from '#contracts/processes/checkout.ts'
import { Violation } from './checks.ts'
import type { Cluster } from './cluster.ts'
import type { Behaviour } from './gateway.ts'
import type { PlaceInput } from './orders.ts'
import type { Shop } from './machine.ts'
import type { World } from './world.ts'

const BEHAVIOURS: readonly Behaviour[] = [
  'approve',
  'approve',
  'approve',
  'decline',
  'lost',
  'silent-after-capture',
  'challenge',
  'later',
  'later-declined',
]
const CLIENT_TIMEOUT_MS = 10_000

/** People at their browsers: they order, click twice, get no answer and try again, pay late, change their minds. */
export class Shoppers {
  readonly #world: World
  readonly #cluster: Cluster
  busy = 0
  violation: Violation | undefined

  constructor(world: World, cluster: Cluster) {
    this.#world = world
    this.#cluster = cluster
  }

  /** Sends `count` shoppers on their way, over the next `withinMs`. */
  come(count: number, withinMs: number, skus: readonly string[]): void {
    const { kernel } = this.#world
    for (let n = 0; n < count; n += 1) {
      this.busy += 1
      kernel.at(kernel.now + kernel.random.between(0, withinMs), () => {
        void this.#shop(n, skus)
          .catch((error: unknown) => {
            this.violation ??= error instanceof Violation ? error : new Violation('no surprise', String((error as Error).stack))
          })
          .finally(() => {
            this.busy -= 1
          })
      })
    }
  }

  async #shop(n: number, skus: readonly string[]): Promise<void> {
    const { random } = this.#world.kernel
    const behaviour = random.pick(BEHAVIOURS)
    const lines = Array.from({ length: random.between(1, 3) }, () => ({ sku: random.pick(skus), quantity: random.between(1, 2) }))
    const later = random.chance(0.25)
    const input: PlaceInput = {
      key: `key-${n}`,
      cartId: this.#world.id(),
      lines,
      amount: random.chance(0.05) ? 0 : random.between(1, 500) * 10,
      paymentMethodId: later ? null : `${behaviour}:${n}`,
      capture: random.chance(0.8),
      holdSeconds: random.between(10, 90),
    }
    const tabs = [this.#place(input)]
    if (random.chance(0.2)) tabs.push(this.#place(input))
    if (random.chance(0.1)) tabs.push(this.#place({ ...input, key: `${input.key} of another tab` }))
    const answers = (await Promise.all(tabs)).filter((answer) => answer !== undefined)
    const [first] = answers
    if (!first) return
    for (const answer of answers) {
      if (answer.orderId !== first.orderId && this.#sameCart(answer.orderId, first.orderId)) {
        throw new Violation(
          'one order per cart',
          `${this.#world.nameOf(first.orderId)} and ${this.#world.nameOf(answer.orderId)}`,
        )
      }
      if (answer.orderId === first.orderId && JSON.stringify(answer.result) !== JSON.stringify(first.result)) {
        throw new Violation('a repeated request gets the same answer', `${JSON.stringify(first)} and ${JSON.stringify(answer)}`)
      }
    }
    if (later && first.result.outcome === 'awaiting-payment' && random.chance(0.8)) {
      await this.#wait(random.between(500, 60_000))
      await this.#insist((shop) => shop.orders.pay(first.orderId, `${behaviour}:${n}`), 3)
    }
    if (random.chance(0.25)) {
      await this.#wait(random.between(10, 20_000))
      await this.#insist((shop) => shop.orders.cancel(first.orderId, 'customer'), 5)
    }
  }

  /** A cart is free again when its order was cancelled; then a second order of it is no mistake. */
  #sameCart(one: string, other: string): boolean {
    const { orders } = this.#world.orders
    return [one, other].every((id) => orders.get(id)?.status !== 'CANCELLED')
  }

  async #place(input: PlaceInput): Promise<{ orderId: string; result: CheckoutResult } | undefined> {
    await this.#wait(this.#world.kernel.random.between(0, 50))
    return await this.#insist((shop) => shop.orders.place(input), this.#world.kernel.random.chance(0.2) ? 1 : 30)
  }

  /** Asks until there is an answer, or patience ends: undefined. */
  async #insist<T>(request: (shop: Shop) => Promise<T>, tries: number): Promise<T | undefined> {
    const { kernel } = this.#world
    for (let tried = 0; tried < tries; tried += 1) {
      const answer = await this.#cluster.ask(request, CLIENT_TIMEOUT_MS)
      if (answer !== 'no answer') return answer
      await this.#wait(kernel.random.between(200, 3000))
    }
    return undefined
  }

  #wait(ms: number): Promise<void> {
    return this.#world.kernel.sleep(ms)
  }
}
