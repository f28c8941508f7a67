/** How a SKU stands with respect to its threshold: `ok`, `low` (at or below it) or `out` (nothing left). */
export type StockAlert = 'ok' | 'low' | 'out'

/** A threshold of 0 means: no warning before the last unit is gone. */
export function alertOf(available: number, threshold: number): StockAlert {
  if (available <= 0) return 'out'
  return available <= threshold ? 'low' : 'ok'
}

/**
 * What the shop has to be told when a SKU goes from one state to another: a warning when it falls to the threshold (also when it
 * falls through it in one step), and once more when nothing is left. Rising, or moving about within a state, is no news.
 */
export function alertsBetween(before: StockAlert, after: StockAlert): ('low' | 'out')[] {
  if (before === 'ok' && after === 'low') return ['low']
  if (before === 'ok' && after === 'out') return ['low', 'out']
  if (before === 'low' && after === 'out') return ['out']
  return []
}

/** Units that make no sense as a stock level are refused before they reach the database. */
export const MOST_UNITS = 1_000_000_000

/** Share of a year in days, for a rate. */
export interface MovementFigures {
  readonly days: number
  /** units sold in these days */
  readonly sold: number
  readonly onHand: number
  /** average of stock at the beginning and at the end of the period */
  readonly averageOnHand: number
}

export interface StockFigures {
  /** times the average stock was sold, projected to a year; null without stock */
  readonly turnoverPerYear: number | null
  /** days until the shelf is empty at the present rate; null if nothing is sold */
  readonly daysOfStock: number | null
  /** something lies there and nothing of it was sold */
  readonly dead: boolean
}

/** Figures people steer purchasing by; rounded to one decimal. */
export function figuresOf({ days, sold, onHand, averageOnHand }: MovementFigures): StockFigures {
  const oneDecimal = (value: number) => Math.round(value * 10) / 10
  return {
    turnoverPerYear: averageOnHand > 0 ? oneDecimal(((sold / averageOnHand) * 365) / days) : null,
    daysOfStock: sold > 0 ? oneDecimal((onHand * days) / sold) : null,
    dead: onHand > 0 && sold === 0,
  }
}
