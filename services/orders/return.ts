/**
 * A return, from the customer's wish to the end. Pure.
 *
 *   requested → approved → received → refunded   (kind return)
 *       └→ rejected  └→ closed  └──→ replaced    (kind exchange; refunded where the replacement cannot be had)
 */
export type ReturnKind = 'return' | 'exchange'
export type ReturnStatus = 'requested' | 'approved' | 'rejected' | 'received' | 'refunded' | 'replaced' | 'closed'

const NEXT: Record<ReturnStatus, readonly ReturnStatus[]> = {
  requested: ['approved', 'rejected'],
  approved: ['received', 'closed'],
  received: ['refunded', 'replaced'],
  rejected: [],
  refunded: [],
  replaced: [],
  closed: [],
}

export const RETURN_STATUSES = Object.keys(NEXT) as ReturnStatus[]

export const mayBecome = (from: ReturnStatus, to: ReturnStatus): boolean => NEXT[from].includes(to)

export const REASONS = [
  'changed-mind',
  'wrong-size',
  'wrong-item',
  'not-as-described',
  'damaged',
  'defective',
  'late',
  'other',
] as const
export type ReturnReason = (typeof REASONS)[number]
export const CONDITIONS = ['as-new', 'opened', 'used', 'damaged', 'missing-parts'] as const
export type Condition = (typeof CONDITIONS)[number]

/** What staff did not look at goes back on sale unless the customer said that something is wrong with it. */
export const restockByDefault = (reason: ReturnReason): boolean => reason !== 'damaged' && reason !== 'defective'

export interface ReturnedLine {
  readonly lineId: string
  readonly sku: string
  readonly reason: ReturnReason
  /** units announced */
  readonly quantity: number
}

export interface ReceivedLine {
  readonly lineId: string
  readonly quantity: number
  readonly condition: Condition | null
  readonly restock: boolean
}

export interface ReturnState {
  readonly status: ReturnStatus
  readonly kind: ReturnKind
  readonly lines: readonly ReturnedLine[]
}

export type ReturnCommand =
  | { readonly type: 'approve' }
  | { readonly type: 'reject' }
  | { readonly type: 'close' }
  | { readonly type: 'receive'; readonly lines: readonly ReceivedLine[] }
  | { readonly type: 'complete'; readonly outcome: 'refunded' | 'replaced' }

export type ReturnFact =
  | { readonly type: 'moved'; readonly to: Exclude<ReturnStatus, 'requested' | 'received'> }
  | { readonly type: 'received'; readonly lines: readonly ReceivedLine[] }

export type Decision =
  | { readonly outcome: 'fact'; readonly fact: ReturnFact }
  /** it is there already: a repeated command changes nothing */
  | { readonly outcome: 'repeated' }
  | {
      readonly outcome: 'refused'
      readonly reason: 'wrong-status' | 'unknown-line' | 'more-than-announced' | 'nothing-received' | 'wrong-kind'
    }

const TARGET = { approve: 'approved', reject: 'rejected', close: 'closed', receive: 'received' } as const

export function decide(state: ReturnState, command: ReturnCommand): Decision {
  const to = command.type === 'complete' ? command.outcome : TARGET[command.type]
  if (state.status === to) return { outcome: 'repeated' }
  if (!mayBecome(state.status, to)) return { outcome: 'refused', reason: 'wrong-status' }
  if (command.type === 'receive') return decideReceipt(state, command.lines)
  if (to === 'replaced' && state.kind !== 'exchange') return { outcome: 'refused', reason: 'wrong-kind' }
  return { outcome: 'fact', fact: { type: 'moved', to: to as Exclude<ReturnStatus, 'requested' | 'received'> } }
}

function decideReceipt(state: ReturnState, lines: readonly ReceivedLine[]): Decision {
  const announced = new Map(state.lines.map(({ lineId, quantity }) => [lineId, quantity]))
  const seen = new Map<string, number>()
  for (const { lineId, quantity } of lines) seen.set(lineId, (seen.get(lineId) ?? 0) + quantity)
  for (const [lineId, quantity] of seen) {
    const limit = announced.get(lineId)
    if (limit === undefined) return { outcome: 'refused', reason: 'unknown-line' }
    if (quantity > limit) return { outcome: 'refused', reason: 'more-than-announced' }
  }
  if (!lines.some(({ quantity }) => quantity > 0)) return { outcome: 'refused', reason: 'nothing-received' }
  return { outcome: 'fact', fact: { type: 'received', lines } }
}

export function evolve(state: ReturnState, fact: ReturnFact): ReturnState {
  return { ...state, status: fact.type === 'moved' ? fact.to : 'received' }
}

/** A parcel's content by SKU, as the warehouse counts it, laid on the announced lines; more than announced is cut off. */
export function receivedBySku(
  lines: readonly ReturnedLine[],
  content: readonly { sku: string; quantity: number }[],
): ReceivedLine[] {
  const left = new Map<string, number>()
  for (const { sku, quantity } of content) left.set(sku, (left.get(sku) ?? 0) + quantity)
  return lines.map(({ lineId, sku, quantity, reason }) => {
    const units = Math.min(quantity, left.get(sku) ?? 0)
    left.set(sku, (left.get(sku) ?? 0) - units)
    return { lineId, quantity: units, condition: null, restock: restockByDefault(reason) }
  })
}

/**
 * What the units `from` … `from + units − 1` of a line cost, when `total` minor units were paid for all `quantity` of them:
 * the split by largest remainder over equal units, so that all units together make the total exactly, in whatever portions.
 */
export function shareOf(total: bigint, quantity: number, from: number, units: number): bigint {
  const upTo = (n: bigint): bigint => {
    const whole = total / BigInt(quantity)
    const rest = total % BigInt(quantity)
    return n * whole + (n < rest ? n : rest)
  }
  return upTo(BigInt(from + units)) - upTo(BigInt(from))
}

/** What goes back for goods, minus a fee that is never more than they were worth. Minor units. */
export function refundOf(goods: bigint, shipping: bigint, fee: bigint): { refund: bigint; fee: bigint } {
  const most = goods + shipping
  const charged = fee > most ? most : fee
  return { refund: most - charged, fee: charged }
}

export interface Fund {
  readonly kind: 'payment' | 'gift-card'
  /** the order whose payment it is, or the gift card */
  readonly reference: string
  /** what can still be given back */
  readonly left: bigint
}

/** Takes `amount` from what an order was paid with, in the given order. Throws RangeError where that is not enough. */
export function takeFrom(funds: readonly Fund[], amount: bigint): { kind: Fund['kind']; reference: string; amount: bigint }[] {
  let open = amount
  const taken: { kind: Fund['kind']; reference: string; amount: bigint }[] = []
  for (const { kind, reference, left } of funds) {
    const part = left < open ? left : open
    if (part <= 0n) continue
    taken.push({ kind, reference, amount: part })
    open -= part
  }
  if (open > 0n) throw new RangeError(`${open} more than was paid`)
  return taken
}
