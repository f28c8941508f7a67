/** What the model is tuned by: found on the early months of the online-retail file, shown on the later ones (docs/recommendations.md). */
export interface Parameters {
  /** days after which having bought something together counts half */
  readonly togetherHalfLife: number
  /** days after which something a customer bought, carted or opened counts half for what is shown to them */
  readonly historyHalfLife: number
  /** days after which a sale counts half for what is popular */
  readonly popularHalfLife: number
  /** One order beside the whole history of one person. */
  readonly orderWeight: number
  /** Of a longer history or order only the latest count: their pairs would outweigh everybody else's, and cost the square. */
  readonly mostTogether: number
  /** Added to how often a product was seen at all: what was seen twice proves little. */
  readonly shrinkage: number
  /** neighbours kept of each product */
  readonly neighbours: number
  /** what being popular adds, where the best neighbour scores 1 */
  readonly popularWeight: number
  /** products of a history that neighbours are looked up for, the latest first */
  readonly mostHistory: number
}

export const PARAMETERS: Parameters = {
  togetherHalfLife: 180,
  historyHalfLife: 90,
  popularHalfLife: 30,
  orderWeight: 0.2,
  mostTogether: 50,
  shrinkage: 3,
  neighbours: 50,
  popularWeight: 0.1,
  mostHistory: 200,
}

/** How strongly an interest is shown. */
export const SIGNALS = { purchase: 1, cart: 0.5, view: 0.2 } as const
export type SignalKind = keyof typeof SIGNALS

/** What is left of something `days` ago. */
export const faded = (days: number, halfLife: number): number => 2 ** (-Math.max(0, days) / halfLife)
