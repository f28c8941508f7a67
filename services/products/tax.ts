import { divideRounded } from '#kit/core/money.ts'

/** A tax zone with its rates, as staff write it. */
export interface TaxZone {
  readonly key: string
  readonly countries: readonly string[]
  /** basis points by tax class: `{ standard: 1900 }` */
  readonly rates: Readonly<Record<string, number>>
}

/**
 * The rate in basis points for goods of a class sent to a country: that of the zone the country lies in, 0 where the channel
 * collects none (`collectedIn`: keys of its zones; empty: all). The SQL function `tax_rate` is the same rule.
 */
export function taxRate(zones: readonly TaxZone[], taxClass: string, country: string, collectedIn: readonly string[]): number {
  const zone = zones.find((one) => one.countries.includes(country))
  if (!zone || (collectedIn.length > 0 && !collectedIn.includes(zone.key))) return 0
  return zone.rates[taxClass] ?? 0
}

/** The tax in an amount that includes it: 11900 at 1900 → 1900. Half a minor unit rounds up. */
export function taxWithin(gross: bigint, basisPoints: number): bigint {
  return gross - divideRounded(gross * 10_000n, 10_000n + BigInt(basisPoints))
}

/** The tax on top of an amount without it: 10000 at 1900 → 1900. */
export function taxOnTop(net: bigint, basisPoints: number): bigint {
  return divideRounded(net * BigInt(basisPoints), 10_000n)
}
