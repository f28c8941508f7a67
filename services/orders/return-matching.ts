/** Goods that came back, and which order they may have come from. Pure. */
export interface ReturnedGoods {
  readonly sku: string
  readonly title: string
  readonly quantity: number
  /** minor units */
  readonly unitPrice: number
}

export interface ReturnableUnits {
  readonly orderId: string
  readonly sku: string
  /** milliseconds */
  readonly soldAt: number
  /** units of it that have not come back; counted down here */
  left: number
}

export interface MatchedReturn {
  /** null: no order of this customer has these goods left */
  readonly orderId: string | null
  readonly lines: ReturnedGoods[]
}

/**
 * Divides returned goods among the orders they can have come from, the first in `returnable` first: as many units as are left
 * there, the next order for the others, and no order for what remains. Nothing comes back before it was sold.
 */
export function matchReturns(
  goods: readonly ReturnedGoods[],
  returnable: readonly ReturnableUnits[],
  at: number,
): MatchedReturn[] {
  const matched = new Map<string | null, ReturnedGoods[]>()
  const put = (orderId: string | null, line: ReturnedGoods) => {
    const lines = matched.get(orderId)
    if (lines) lines.push(line)
    else matched.set(orderId, [line])
  }
  for (const line of goods) {
    let open = line.quantity
    for (const units of returnable) {
      if (open === 0) break
      if (units.sku !== line.sku || units.left === 0 || units.soldAt > at) continue
      const quantity = Math.min(open, units.left)
      put(units.orderId, { ...line, quantity })
      units.left -= quantity
      open -= quantity
    }
    if (open > 0) put(null, { ...line, quantity: open })
  }
  return [...matched].map(([orderId, lines]) => ({ orderId, lines }))
}
