import type { MemoryProcesses } from '#kit/process/testing/memory-store.ts'
import type { Save } from '#kit/process/store.ts'
import type { StockLine } from '#contracts/values.ts'
import type { StockModel } from '../../services/inventory/testing/stock-model.ts'

/** Guards that can be switched off, one at a time: the simulation has to notice each. */
export const MUTANTS = [
  'naive-stock',
  'release-twice',
  'restock-twice',
  'double-capture',
  'refund-without-key',
  'no-compensation',
  'undo-not-stored',
  'flows-without-owner',
  'no-recovery',
  'no-idempotency-key',
  'no-where-status',
  'ack-first',
  'no-inbox',
  'no-parking',
  'id-cursor',
  'no-fence',
] as const
/**
 * Guards with another one behind them: without them no rule was seen broken, because every command of a flow may be repeated. They save
 * work and keep histories readable; that they are there is tested on PostgreSQL (kit/process/store.int.test.ts).
 */
export const SECOND_LINES: readonly Mutant[] = ['flows-without-owner', 'undo-not-stored']
export type Mutant = (typeof MUTANTS)[number]

/** Read, then write: what was read may be old by then. */
export function sellWithoutLooking(stock: StockModel, orderId: string, lines: readonly StockLine[]): void {
  if (stock.holds.has(orderId)) return
  const units = new Map<string, number>()
  for (const { sku, quantity } of lines) {
    units.set(sku, (units.get(sku) ?? 0) + quantity)
    stock.levels.get(sku)!.reserved += quantity
  }
  stock.holds.set(orderId, { state: 'held', units, expiresAt: Infinity, granted: true })
}

/** A release that does not look at the state of the hold. */
export function giveBackAgain(stock: StockModel, orderId: string): void {
  const hold = stock.holds.get(orderId)
  if (hold?.state !== 'released') return
  for (const [sku, units] of hold.units) stock.levels.get(sku)!.reserved -= units
}

/** Takes a flow that somebody else holds. */
export function forgetLease(processes: MemoryProcesses, name: string, id: string): void {
  const flow = processes.flows.get(`${name}/${id}`) as { leaseUntil: number } | undefined
  if (flow) flow.leaseUntil = 0
}

/** A save that does not compare the version. */
export function asIfNobodyCame(processes: MemoryProcesses, save: Save): Save {
  const flow = processes.flows.get(`${save.name}/${save.id}`)
  return flow ? { ...save, version: flow.version } : save
}
