import type { Language } from './language.ts'

export interface Money {
  readonly amount: number
  readonly currency: string
}

const REGION = { en: 'en-GB', de: 'de-DE' } as const
/** `unit`: smallest units in one of the currency */
const formats = new Map<string, { readonly format: Intl.NumberFormat; readonly unit: number }>()

/** Minor units as a price: 1995 EUR is €19.95 or 19,95 €. */
export function price({ amount, currency }: Money, language: Language): string {
  const key = `${language} ${currency}`
  let known = formats.get(key)
  if (!known) {
    const format = new Intl.NumberFormat(REGION[language], { style: 'currency', currency })
    known = { format, unit: 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2) }
    formats.set(key, known)
  }
  return known.format.format(amount / known.unit)
}

/** How many places the smallest unit of a currency has: 2 for EUR, 0 for JPY. */
export const digitsOf = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2

/** Minor units as programs read a price, or somebody types it: 1995 EUR is 19.95, 1995 JPY is 1995. */
export function decimal({ amount, currency }: Money): string {
  const digits = digitsOf(currency)
  return (amount / 10 ** digits).toFixed(digits)
}

const weights = new Map<Language, Intl.NumberFormat>()
export function grams(amount: number, language: Language): string {
  let format = weights.get(language)
  if (!format) {
    format = new Intl.NumberFormat(REGION[language], { style: 'unit', unit: 'gram' })
    weights.set(language, format)
  }
  return format.format(amount)
}

/** Times of the shop are shown in the time zone of the shop: server and browser must say the same. */
export const day = (time: string, language: Language): string =>
  new Intl.DateTimeFormat(REGION[language], { dateStyle: 'long', timeZone: 'Europe/Berlin' }).format(new Date(time))

export const moment = (time: string, language: Language): string =>
  new Intl.DateTimeFormat(REGION[language], { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Europe/Berlin' }).format(
    new Date(time),
  )

const names = new Map<Language, Intl.DisplayNames>()
export function countryName(code: string, language: Language): string {
  let known = names.get(language)
  if (!known) {
    known = new Intl.DisplayNames([REGION[language]], { type: 'region' })
    names.set(language, known)
  }
  return known.of(code) ?? code
}
