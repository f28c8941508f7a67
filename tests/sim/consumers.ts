import * as deliveryEvents from '#contracts/events/delivery.ts'
import * as inventoryEvents from '#contracts/events/inventory.ts'
import * as orderEvents from '#contracts/events/orders.ts'
import * as paymentEvents from '#contracts/events/payments.ts'
import { DomainError } from '#kit/core/errors.ts'
import { on, type Reaction } from '#kit/messaging/bus.ts'
import { startConsumer } from '#kit/messaging/consumer.ts'
import type { ConsumerStore } from '#kit/messaging/consumer-store.ts'
import type { Event, EventDefinition } from '#kit/messaging/event.ts'
import { memoryConsumerStore, type MemoryGroup } from '#kit/messaging/testing/memory-group.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { unitOf } from './database.ts'
import { unavailable } from './faults.ts'
import type { Shop } from './machine.ts'
import type { World } from './world.ts'

export const GROUPS = ['orders', 'inventory', 'payments', 'delivery', 'witness'] as const

/** The groups of the shop on a background machine: the real consumer, with the reactions the services have. */
export async function startConsumers(world: World, { machine, runner, orders, payments }: Shop): Promise<void> {
  const { warehouse } = world
  const reactions: Record<(typeof GROUPS)[number], readonly Reaction[]> = {
    orders: [
      ...runner.reactions,
      on(deliveryEvents.ShipmentDispatched, async ({ data }, { tx }) => {
        if (data.remaining === 0) await orders.shipped(tx, data.orderId)
      }),
    ],
    inventory: [
      on(orderEvents.OrderConfirmed, ({ data }, { tx }) => warehouse.onOrder(tx, data.orderId, 'commit')),
      on(orderEvents.OrderCancelled, ({ data }, { tx }) => warehouse.onOrder(tx, data.orderId, 'release')),
    ],
    payments: [
      on(orderEvents.OrderCancelled, async ({ data }, { tx }) => {
        const unit = unitOf(tx)!
        await unit.lock(`payments ${data.orderId}`)
        unit.later(() => void payments.markUndone(data.orderId, data.reason))
      }),
    ],
    delivery: [on(orderEvents.OrderCancelled, ({ data }, { tx }) => warehouse.onCancelled(tx, data.orderId))],
    witness: everyEvent().map((event) => on(event, (happened, { tx }) => world.witness.see(happened, tx))),
  }
  const bus = world.log.handle(machine)
  for (const group of GROUPS) {
    const store = storeOf(world, world.groups.get(group)!)
    const options = { batchSize: 20, pollMs: 10_000, retryBaseMs: 5000 }
    await startConsumer({ group, bus, db: {} as never, store, reactions: reactions[group], log: silentLogger, ...options })
  }
}

function everyEvent(): EventDefinition[] {
  const all = [orderEvents, inventoryEvents, paymentEvents, deliveryEvents].flatMap((module) => Object.values(module))
  return all.filter((found) => typeof found === 'function' && 'topic' in found) as unknown as EventDefinition[]
}

function storeOf(world: World, group: MemoryGroup): ConsumerStore {
  const { database, mutant } = world
  const store = memoryConsumerStore(group, {
    tx: (work) => database.tx(work),
    async hold(tx, rows) {
      const unit = unitOf(tx)!
      unit.mustBeOpen()
      for (const row of rows) await unit.lock(row)
      return (how) => unit.undo(how)
    },
    statement: (work) => database.statement([], work),
  })
  const never = () => {}
  if (mutant === 'ack-first') {
    // The position is committed before the effect.
    return { ...store, claim: (_tx, slices, mark) => database.statement([], () => group.claim(slices, mark, never)) }
  }
  if (mutant === 'no-inbox' || mutant === 'no-parking') {
    return {
      ...store,
      async claim(tx, slices, mark) {
        const claim = await store.claim(tx, slices, mark)
        return mutant === 'no-inbox'
          ? { ...claim, fresh: new Set(mark.map(({ eventId }) => eventId)) }
          : { fresh: new Set(mark.map(({ eventId }) => eventId)), blocked: new Set() }
      },
    }
  }
  return store
}

/** A group that only remembers what it saw, and knows in which order it has to see it. Some events it cannot stand. */
export class Witness {
  readonly #world: World
  readonly seen = new Set<string>()
  readonly #last = new Map<string, number>()
  constructor(world: World) {
    this.#world = world
  }

  async see(event: Event, tx: unknown): Promise<void> {
    const { faults } = this.#world
    const unit = unitOf(tx)!
    if (faults.isPoison(event.id)) throw new DomainError('rule', 'simulation/poison', 'This event cannot be handled.')
    if (faults.happens('reaction fails')) throw unavailable('the witness was not there')
    const key = `${event.source} ${event.subject}`
    unit.later(() => {
      const before = this.#last.get(key) ?? 0
      if (this.seen.has(event.id)) this.#world.broke('one effect per event', `${event.type} was handled twice`)
      else if (Number(event.sequence) !== before + 1) {
        this.#world.broke('order per key', `${event.type} is number ${event.sequence} of its key, after ${before}`)
      }
      this.seen.add(event.id)
      this.#last.set(key, Number(event.sequence))
    })
  }
}
