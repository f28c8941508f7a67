import { ReservationExpired } from '#contracts/events/inventory.ts'
import { ShipmentCancelled, ShipmentCreated, ShipmentDispatched } from '#contracts/events/delivery.ts'
import type { StockLine } from '#contracts/values.ts'
import type { Database } from './database.ts'
import { unitOf } from './database.ts'
import { giveBackAgain, sellWithoutLooking } from './mutants.ts'
import type { World } from './world.ts'

export interface Parcel {
  readonly orderId: string
  readonly lines: readonly StockLine[]
  state: 'planned' | 'dispatched' | 'cancelled'
}

/** Stock as services/inventory keeps it: the model its own tests compare with the database, one statement a call. */
export class Warehouse {
  readonly #world: World
  readonly parcels = new Map<string, Parcel>()
  readonly #stopped = new Set<string>()

  constructor(world: World) {
    this.#world = world
  }

  get #database(): Database {
    return this.#world.database
  }

  reserve(orderId: string, lines: readonly StockLine[], ttlSeconds: number) {
    const { stock, kernel, mutant } = this.#world
    return this.#database.statement(stockKeys(lines, orderId), () => {
      if (mutant === 'naive-stock') sellWithoutLooking(stock, orderId, lines)
      const outcome = stock.reserve(orderId, lines, kernel.now + ttlSeconds * 1000)
      if (outcome === 'reserved') {
        return { outcome, expiresAt: new Date(stock.holds.get(orderId)!.expiresAt).toISOString() }
      }
      if (outcome === 'ended') return { outcome }
      return { outcome, skus: lines.map(({ sku }) => ({ sku, available: stock.available(sku) })) }
    })
  }

  commit(orderId: string) {
    return this.#database.statement([`inventory ${orderId}`], () => ({ outcome: this.#world.stock.commit(orderId) }))
  }

  release(orderId: string) {
    const { stock, mutant } = this.#world
    return this.#database.statement([`inventory ${orderId}`], () => {
      if (mutant === 'release-twice') giveBackAgain(stock, orderId)
      return { outcome: stock.release(orderId) }
    })
  }

  /** Lets the hold go, or puts on the shelf what was sold. */
  async giveBack(orderId: string, lines: readonly StockLine[]) {
    const { outcome } = await this.release(orderId)
    if (outcome === 'committed') await this.restock(orderId, lines)
    return {}
  }

  async restock(reference: string, lines: readonly StockLine[]) {
    const once = this.#world.mutant === 'restock-twice' ? this.#world.id() : reference
    await this.#database.statement([`inventory ${reference}`], () => this.#world.stock.restock(once, lines))
    return {}
  }

  /** The job that ends holds which ran out of time, by the database's clock. */
  async expireHolds(): Promise<void> {
    const { stock, kernel } = this.#world
    const due = [...stock.holds].filter(([, hold]) => hold.state === 'held' && hold.expiresAt < kernel.now).map(([id]) => id)
    for (const orderId of due) {
      await this.#database.statement([`inventory ${orderId}`], (unit) => {
        const hold = stock.holds.get(orderId)!
        if (hold.state === 'held' && hold.expiresAt < kernel.now && stock.expire(orderId)) {
          unit.append('inventory', [ReservationExpired({ orderId })])
          this.#world.note(`hold of ${this.#world.nameOf(orderId)} ran out`)
        }
      })
    }
  }

  /** Reactions: in the consumer's transaction. */
  async onOrder(tx: unknown, orderId: string, what: 'commit' | 'release'): Promise<void> {
    const unit = unitOf(tx)!
    await unit.lock(`inventory ${orderId}`)
    unit.later(() => void this.#world.stock[what](orderId))
  }

  async onCancelled(tx: unknown, orderId: string): Promise<void> {
    const unit = unitOf(tx)!
    await unit.lock(`delivery ${orderId}`)
    const parcel = this.parcels.get(orderId)
    if (parcel?.state === 'dispatched') return
    if (parcel?.state === 'planned') unit.append('delivery', [ShipmentCancelled(factsOf(orderId))])
    unit.later(() => {
      this.#stopped.add(orderId)
      if (parcel) parcel.state = 'cancelled'
    })
  }

  plan(orderId: string, lines: readonly StockLine[]) {
    return this.#database.statement([`delivery ${orderId}`], (unit) => {
      if (this.parcels.has(orderId) || this.#stopped.has(orderId)) return { shipmentId: orderId }
      this.parcels.set(orderId, { orderId, lines, state: 'planned' })
      unit.append('delivery', [ShipmentCreated({ ...factsOf(orderId), lines: [...lines] })])
      this.#world.parcelPlanned(orderId)
      return { shipmentId: orderId }
    })
  }

  stop(orderId: string) {
    return this.#database.statement([`delivery ${orderId}`], (unit) => {
      const parcel = this.parcels.get(orderId)
      if (parcel?.state === 'dispatched') return { outcome: 'dispatched' as const }
      this.#stopped.add(orderId)
      if (parcel?.state !== 'planned') return { outcome: parcel ? ('stopped' as const) : ('nothing' as const) }
      parcel.state = 'cancelled'
      unit.append('delivery', [ShipmentCancelled(factsOf(orderId))])
      return { outcome: 'stopped' as const }
    })
  }

  dispatch(orderId: string) {
    return this.#database.statement([`delivery ${orderId}`], (unit) => {
      const parcel = this.parcels.get(orderId)
      if (parcel?.state !== 'planned') return
      parcel.state = 'dispatched'
      this.#world.note(`parcel of ${this.#world.nameOf(orderId)} leaves`)
      unit.append('delivery', [ShipmentDispatched({ ...factsOf(orderId), lines: [...parcel.lines], remaining: 0 })])
    })
  }
}

const factsOf = (orderId: string) => ({
  shipmentId: orderId,
  orderId,
  carrier: 'post',
  trackingNumber: null,
  imported: false,
})

const stockKeys = (lines: readonly StockLine[], orderId: string) => [
  `inventory ${orderId}`,
  ...new Set(lines.map(({ sku }) => `stock ${sku}`)),
]
