import type { StockLine } from '#contracts/values.ts'

type Units = ReadonlyMap<string, number>

export interface Hold {
  state: 'held' | 'committed' | 'released' | 'expired'
  readonly units: Units
  readonly expiresAt: number
  granted: boolean
}

/**
 * The rules of stock in a few lines: totals per SKU over all warehouses, without back orders. `random-operations.int.test.ts` holds it
 * against the database, so a simulation may rely on it.
 */
export class StockModel {
  readonly levels = new Map<string, { onHand: number; reserved: number }>()
  readonly holds = new Map<string, Hold>()
  readonly #restocked = new Set<string>()

  arrive(sku: string, units: number): void {
    this.#level(sku).onHand += units
  }

  available(sku: string): number {
    const { onHand, reserved } = this.#level(sku)
    return onHand - reserved
  }

  reserve(order: string, lines: readonly StockLine[], expiresAt = Infinity): 'reserved' | 'out-of-stock' | 'ended' {
    const known = this.holds.get(order)
    if (known) return known.state === 'held' || known.state === 'committed' ? 'reserved' : 'ended'
    const units = sumOf(lines)
    if (!this.#fits(units)) return 'out-of-stock'
    this.#move(units, { hold: 1 })
    this.holds.set(order, { state: 'held', units, expiresAt, granted: true })
    return 'reserved'
  }

  commit(order: string): 'committed' | 'expired' | 'unknown' {
    const hold = this.holds.get(order)
    if (!hold) return 'unknown'
    if (hold.state === 'expired' && this.#fits(hold.units)) {
      this.#move(hold.units, { hold: 1 })
      hold.state = 'held'
    }
    if (hold.state === 'held') {
      this.#move(hold.units, { hand: -1, hold: -1 })
      hold.state = 'committed'
    }
    return hold.state === 'committed' ? 'committed' : 'expired'
  }

  /** An order that never held anything is remembered, so that a reservation that comes late takes nothing for it. */
  release(order: string): 'released' | 'nothing-held' | 'committed' {
    const hold = this.holds.get(order)
    if (!hold) this.holds.set(order, { state: 'released', units: new Map(), expiresAt: 0, granted: false })
    else if (hold.state === 'held') this.#move(hold.units, { hold: -1 })
    if (hold?.state === 'expired') hold.granted = false
    if (hold && hold.state !== 'committed') hold.state = 'released'
    if (hold?.state === 'committed') return 'committed'
    return hold?.granted ? 'released' : 'nothing-held'
  }

  expire(order: string): boolean {
    const hold = this.holds.get(order)
    if (hold?.state !== 'held') return false
    this.#move(hold.units, { hold: -1 })
    hold.state = 'expired'
    return true
  }

  /** Once per reference. */
  restock(reference: string, lines: readonly StockLine[]): void {
    if (this.#restocked.has(reference)) return
    this.#restocked.add(reference)
    this.#move(sumOf(lines), { hand: 1 })
  }

  #level(sku: string) {
    const known = this.levels.get(sku)
    if (known) return known
    const fresh = { onHand: 0, reserved: 0 }
    this.levels.set(sku, fresh)
    return fresh
  }

  #fits(units: Units): boolean {
    return [...units].every(([sku, wanted]) => wanted <= this.available(sku))
  }

  #move(units: Units, { hand = 0, hold = 0 }): void {
    for (const [sku, count] of units) {
      const level = this.#level(sku)
      level.onHand += hand * count
      level.reserved += hold * count
    }
  }
}

function sumOf(lines: readonly StockLine[]): Map<string, number> {
  const units = new Map<string, number>()
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity)
  return units
}
