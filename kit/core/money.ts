import Type, { type Static } from 'typebox'

/** ISO 4217 codes whose minor unit is not two digits (ISO 4217 list one). */
const MINOR_DIGITS: Record<string, number> = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, VND: 0, VUV: 0, XAF: 0, XOF: 0, XPF: 0,
  BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3,
} // biome-ignore format: a table reads better in rows

/** Number of decimal digits of a currency's minor unit: EUR 2, JPY 0, KWD 3. */
export function minorDigits(currency: string): number {
  return MINOR_DIGITS[currency] ?? 2
}

/** An amount in integer minor units (cents) of an ISO 4217 currency. In code and SQL the amount is a bigint. */
export interface Money {
  readonly amount: bigint
  readonly currency: string
}

/** Largest amount a JSON number carries exactly. */
const MAX_JSON_AMOUNT = 9_007_199_254_740_991n

export const Currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217 currency code' })
export const MinorUnits = Type.Integer({ minimum: 0, maximum: 9_007_199_254_740_991, description: 'integer minor units (cents)' })
export const SignedMinorUnits = Type.Integer({
  minimum: -9_007_199_254_740_991,
  maximum: 9_007_199_254_740_991,
  description: 'integer minor units (cents), may be negative',
})

/** Money as it travels in JSON: `{ "amount": 1995, "currency": "EUR" }`, amount >= 0. */
export const MoneyJson = Type.Object({ amount: MinorUnits, currency: Currency }, { additionalProperties: false })
export type MoneyJson = Static<typeof MoneyJson>
/** The same, where an amount may be negative (adjustments, differences). */
export const SignedMoneyJson = Type.Object({ amount: SignedMinorUnits, currency: Currency }, { additionalProperties: false })

export function money(amount: bigint | number, currency: string): Money {
  return { amount: BigInt(amount), currency }
}

/** bigint → JSON number; throws RangeError beyond 2^53 − 1 instead of rounding. */
export function toJsonAmount(amount: bigint): number {
  if (amount > MAX_JSON_AMOUNT || amount < -MAX_JSON_AMOUNT) throw new RangeError(`amount ${amount} does not fit a JSON number`)
  return Number(amount)
}

export function toJson(value: Money): MoneyJson {
  return { amount: toJsonAmount(value.amount), currency: value.currency }
}

export function fromJson(value: MoneyJson): Money {
  return { amount: BigInt(value.amount), currency: value.currency }
}

function sameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency) throw new TypeError(`cannot combine ${a.currency} with ${b.currency}`)
}

export function add(a: Money, b: Money): Money {
  sameCurrency(a, b)
  return { amount: a.amount + b.amount, currency: a.currency }
}

export function subtract(a: Money, b: Money): Money {
  sameCurrency(a, b)
  return { amount: a.amount - b.amount, currency: a.currency }
}

export function times(value: Money, quantity: number): Money {
  return { amount: value.amount * BigInt(quantity), currency: value.currency }
}

export function sum(values: readonly Money[], currency: string): Money {
  return values.reduce(add, money(0n, currency))
}

/** Integer division, half away from zero: what a till does. `denominator` > 0. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const half = denominator / 2n
  return numerator >= 0n ? (numerator + half) / denominator : -((-numerator + half) / denominator)
}

/**
 * Splits `total` in proportion to `weights` by largest remainder, so the parts always sum to the total exactly.
 * Equal remainders go to the earlier part. All weights zero: split evenly. Weights must not be negative.
 */
export function allocate(total: Money, weights: readonly bigint[]): Money[] {
  if (weights.length === 0) {
    if (total.amount !== 0n) throw new RangeError('cannot allocate an amount to no parts')
    return []
  }
  if (weights.some((weight) => weight < 0n)) throw new RangeError('weights must not be negative')
  const sumOfWeights = weights.reduce((a, b) => a + b, 0n)
  const used = sumOfWeights === 0n ? weights.map(() => 1n) : weights
  const all = sumOfWeights === 0n ? BigInt(weights.length) : sumOfWeights
  const sign = total.amount < 0n ? -1n : 1n
  const magnitude = total.amount * sign
  const parts = used.map((weight, index) => ({
    index,
    share: (magnitude * weight) / all,
    remainder: (magnitude * weight) % all,
  }))
  let left = magnitude - parts.reduce((a, part) => a + part.share, 0n)
  for (const part of [...parts].sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  )) {
    if (left === 0n) break
    part.share += 1n
    left -= 1n
  }
  return parts.map((part) => ({ amount: part.share * sign, currency: total.currency }))
}

/**
 * Decimal text to minor units, exactly: `parseDecimal('2.55', 'GBP')` → 255n. `undefined` when the text is not a
 * decimal number or has more digits than the currency's minor unit (a tenth of a penny is not money).
 */
export function parseDecimal(text: string, currency: string): bigint | undefined {
  const match = /^(-?)(\d{1,15})(?:\.(\d+))?$/.exec(text.trim())
  if (!match) return undefined
  const digits = minorDigits(currency)
  const fraction = (match[3] ?? '').replace(/0+$/, '')
  if (fraction.length > digits) return undefined
  const amount = BigInt(match[2]! + fraction.padEnd(digits, '0'))
  return match[1] ? -amount : amount
}

/** Minor units to plain decimal text: 255n GBP → `2.55`. */
export function formatDecimal(amount: bigint, currency: string): string {
  const digits = minorDigits(currency)
  const magnitude = (amount < 0n ? -amount : amount).toString().padStart(digits + 1, '0')
  const whole = magnitude.slice(0, magnitude.length - digits)
  const text = digits === 0 ? magnitude : `${whole}.${magnitude.slice(magnitude.length - digits)}`
  return amount < 0n ? `-${text}` : text
}

const formats = new Map<string, Intl.NumberFormat>()

/** For people: `€19.95`, `19,95 €`, `¥1,995`. Exact: Intl takes the decimal text, no float on the way. */
export function formatMoney(value: Money, locale: string): string {
  // making one takes longer than using it a hundred times
  const key = `${locale} ${value.currency}`
  const format = formats.get(key) ?? new Intl.NumberFormat(locale, { style: 'currency', currency: value.currency })
  if (formats.size < 1000) formats.set(key, format)
  return format.format(formatDecimal(value.amount, value.currency) as unknown as number)
}
