import { startConsumers } from './consumers.ts'
import type { Machine } from './kernel.ts'
import { type Shop, startShop } from './machine.ts'
import { runRelay } from './relay.ts'
import type { WebhookMessage, World } from './world.ts'

/** The machines of the shop: two that answer shoppers, two in the background. They are killed, stopped and started again. */
export class Cluster {
  readonly #world: World
  readonly #shops = new Map<string, Shop>()
  readonly #webs = ['web1', 'web2']
  readonly #workers = ['worker1', 'worker2']

  constructor(world: World) {
    this.#world = world
    world.webhook = (message) => void this.#deliver(message)
    for (const name of [...this.#webs, ...this.#workers]) this.#start(name)
    this.#trouble()
    this.#operate()
  }

  #start(name: string): void {
    const { kernel } = this.#world
    const machine = kernel.boot(name)
    const shop = startShop(this.#world, machine)
    this.#shops.set(name, shop)
    if (!this.#workers.includes(name)) return
    machine.enter(() => {
      // a process that cannot start its consumers ends, and is started again
      startConsumers(this.#world, shop).catch(() => this.#kill(machine))
      void runRelay(this.#world, machine)
      void this.#every(1000, () => shop.runner.recoverOnce())
      void this.#every(5000, () => shop.payments.reconcile())
      void this.#every(3000, () => this.#world.warehouse.expireHolds())
    })
  }

  /** A loop of the background process; what it throws is tried again the next time. */
  async #every(ms: number, work: () => Promise<unknown>): Promise<void> {
    const { kernel, mutant } = this.#world
    for (;;) {
      await kernel.sleep(kernel.random.between(ms / 2, ms))
      if (mutant !== 'no-recovery' || ms !== 1000) await work().catch(() => undefined)
    }
  }

  /** Sends a request to a machine that answers shoppers. Refusals that may be repeated and silence are the same to a shopper. */
  ask<T>(request: (shop: Shop) => Promise<T>, timeoutMs: number): Promise<T | 'no answer'> {
    const { kernel } = this.#world
    const shop = this.#shops.get(kernel.random.pick(this.#webs))
    return new Promise((resolve) => {
      if (!shop?.machine.alive) return resolve('no answer')
      const client = kernel.machine()
      const tell = (answer: T | 'no answer') => client.enter(() => resolve(answer))
      kernel.timer(timeoutMs, () => resolve('no answer'))
      shop.machine.enter(() => {
        request(shop).then(tell, () => tell('no answer'))
      })
    })
  }

  /** The payment company repeats a message until somebody takes it. */
  async #deliver({ key, fact }: WebhookMessage): Promise<void> {
    this.#world.outside += 1
    for (;;) {
      const taken = await this.ask((shop) => shop.payments.webhook({ key, fact }), 5000)
      if (taken !== 'no answer') break
      await this.#world.kernel.sleep(2000)
    }
    this.#world.outside -= 1
  }

  /** A person who has mended what was wrong has dead events tried again. */
  #operate(): void {
    const { kernel, faults, groups } = this.#world
    kernel.at(kernel.now + 10_000, () => {
      if (!faults.on) for (const group of groups.values()) group.redrive()
      this.#operate()
    })
  }

  #kill(machine: Machine): void {
    const { kernel } = this.#world
    this.#world.note(`${machine.name} is killed`)
    kernel.kill(machine)
    kernel.outside.enter(() => kernel.timer(kernel.random.between(100, 5000), () => this.#start(machine.name)))
  }

  /** Kills, stops and wrong clocks, as long as there are faults. */
  #trouble(): void {
    const { kernel, faults } = this.#world
    const all = [...this.#webs, ...this.#workers]
    const now = (every: number, strike: (shop: Shop) => void) => {
      if (every === Infinity) return
      kernel.at(kernel.now + kernel.random.between(every / 2, every * 1.5), () => {
        if (!faults.on) return
        const shop = this.#shops.get(kernel.random.pick(all))
        if (shop?.machine.alive) strike(shop)
        now(every, strike)
      })
    }
    now(faults.killEvery, ({ machine }) => {
      this.#kill(machine)
    })
    now(faults.stopEvery, ({ machine }) => {
      const ms = kernel.random.between(1000, 45_000)
      this.#world.note(`${machine.name} is stopped for ${ms} ms`)
      machine.stoppedUntil = kernel.now + ms
    })
    now(faults.skewEvery, ({ machine }) => {
      machine.skewMs = kernel.random.between(-600_000, 600_000)
      this.#world.note(`the clock of ${machine.name} is wrong by ${machine.skewMs} ms`)
    })
  }
}
