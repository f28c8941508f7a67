/**
 * Decimal numbers without rounding: `units` × 10^−`scale`. A file may hold prices of a tenth of a penny, and the sums of what was
 * refused must still be right to the last digit.
 */
export interface Exact {
  readonly units: bigint
  readonly scale: number
}

export const ZERO: Exact = { units: 0n, scale: 0 }
/** Longest number that is read: more is not a price but a mistake. */
const MOST_DIGITS = 30

/** `2.55`, `-3`, `.5`, `1e-3` → exact; `undefined` for anything that is no decimal number. Zeros at the end are dropped. */
export function parseExact(text: string): Exact | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text.trim())
  if (!match) return undefined
  const whole = match[2] ?? ''
  const fraction = match[3] ?? ''
  if (whole.length + fraction.length === 0 || whole.length + fraction.length > MOST_DIGITS) return undefined
  let units = BigInt(whole + fraction)
  let scale = fraction.length - Number(match[4] ?? 0)
  if (scale < 0) {
    units *= 10n ** BigInt(-scale)
    scale = 0
  }
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n
    scale -= 1
  }
  return { units: match[1] === '-' ? -units : units, scale }
}

export function plus(a: Exact, b: Exact): Exact {
  if (a.scale === b.scale) return { units: a.units + b.units, scale: a.scale }
  return a.scale > b.scale
    ? { units: a.units + b.units * 10n ** BigInt(a.scale - b.scale), scale: a.scale }
    : { units: a.units * 10n ** BigInt(b.scale - a.scale) + b.units, scale: b.scale }
}

export function times(a: Exact, b: Exact): Exact {
  return { units: a.units * b.units, scale: a.scale + b.scale }
}

/** As whole pence, or `undefined` where a part of a penny would be lost. */
export function penceOf({ units, scale }: Exact): bigint | undefined {
  if (scale <= 2) return units * 10n ** BigInt(2 - scale)
  const divisor = 10n ** BigInt(scale - 2)
  return units % divisor === 0n ? units / divisor : undefined
}

/** Plain decimal text with at least two decimals: `748957.02`, `493207.121`. */
export function exactText(value: Exact): string {
  let { units, scale } = value
  while (scale > 2 && units % 10n === 0n) {
    units /= 10n
    scale -= 1
  }
  if (scale < 2) {
    units *= 10n ** BigInt(2 - scale)
    scale = 2
  }
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
