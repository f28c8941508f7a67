/** One price of a variant in one list, with what decides whether the list counts. Amounts are minor units. */
export interface PriceCandidate {
  readonly listId: string
  readonly kind: 'regular' | 'sale'
  readonly priority: number
  readonly currency: string
  /** null: every channel */
  readonly channel: string | null
  /** null: every customer */
  readonly customerGroup: string | null
  readonly active: boolean
  readonly validFrom: Date | null
  readonly validTo: Date | null
  readonly minQuantity: number
  readonly amount: bigint
}

/** Who asks, for how many, when. */
export interface PriceQuestion {
  readonly channel: string
  readonly currency: string
  readonly customerGroups: readonly string[]
  readonly quantity: number
  readonly at: Date
}

export interface PriceAnswer {
  readonly unitPrice: bigint
  /** the regular price; equal to unitPrice where there is no reduction */
  readonly listPrice: bigint
}

/** True while a list's prices may count at all, whoever asks. `validTo` itself is the first moment it no longer does. */
export function isInForce(list: Pick<PriceCandidate, 'active' | 'validFrom' | 'validTo'>, at: Date): boolean {
  return list.active && (list.validFrom === null || list.validFrom <= at) && (list.validTo === null || at < list.validTo)
}

/**
 * Which price counts. Of every list that applies, the break of the quantity; of the regular lists the one with the
 * highest priority (then the lowest amount), likewise of the sale lists; the cheaper of both is the price, so a sale never
 * makes anything dearer. `undefined`: not for sale here. The SQL function `price_of` is the same rule; a test compares them.
 */
export function priceOf(candidates: readonly PriceCandidate[], question: PriceQuestion): PriceAnswer | undefined {
  const applying = candidates.filter(
    (one) =>
      isInForce(one, question.at) &&
      one.currency === question.currency &&
      (one.channel === null || one.channel === question.channel) &&
      (one.customerGroup === null || question.customerGroups.includes(one.customerGroup)) &&
      one.minQuantity <= question.quantity,
  )
  const regular = winner(applying.filter((one) => one.kind === 'regular'))
  const sale = winner(applying.filter((one) => one.kind === 'sale'))
  const lowest = regular === undefined ? sale : sale === undefined || regular < sale ? regular : sale
  if (lowest === undefined) return undefined
  return { unitPrice: lowest, listPrice: regular ?? lowest }
}

function winner(candidates: readonly PriceCandidate[]): bigint | undefined {
  const breaks = new Map<string, PriceCandidate>()
  for (const one of candidates) {
    const known = breaks.get(one.listId)
    if (!known || known.minQuantity < one.minQuantity) breaks.set(one.listId, one)
  }
  let best: PriceCandidate | undefined
  for (const one of breaks.values()) {
    if (!best || one.priority > best.priority || (one.priority === best.priority && one.amount < best.amount)) best = one
  }
  return best?.amount
}

/** The amount and so many basis points of it (−1000: ten per cent less), to the nearest minor unit, halves up. */
export function changedBy(amount: bigint, basisPoints: number): bigint {
  return (amount * BigInt(10_000 + basisPoints) + 5_000n) / 10_000n
}
