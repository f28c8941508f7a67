import { formatMoney, fromJson, type MoneyJson } from '#kit/core/money.ts'

export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

/** Both versions of a text stand side by side where it is used, so none is forgotten. */
export type Words<T = string> = Readonly<Record<Language, T>>

/** How one reader is spoken to. */
export interface Say {
  readonly language: Language
  /** the version in the reader's language */
  <T = string>(words: Words<T>): T
  money(value: MoneyJson): string
  /** `3 May 2026` */
  date(value: Date): string
  /** with the time of day */
  moment(value: Date): string
  count(value: number): string
  /** name of an ISO 3166 country */
  country(code: string): string
}

const dateFormats = new Map<string, Intl.DateTimeFormat>()

/** Making one takes longer than using it a hundred times. */
function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`
  const format = dateFormats.get(key) ?? new Intl.DateTimeFormat(locale, options)
  if (dateFormats.size < 1000) dateFormats.set(key, format)
  return format
}

/** For a BCP 47 tag: amounts and dates follow the whole tag, words its language; English where we do not speak it. */
export function say(tag: string, timeZone = 'UTC'): Say {
  const locale = understood(tag)
  const language = languages.find((known) => locale.split('-')[0] === known) ?? 'en'
  const formats = language === locale.split('-')[0] ? locale : 'en'
  const pick = <T>(words: Words<T>): T => words[language]
  const dates = (options: Intl.DateTimeFormatOptions) =>
    dateFormat(formats === 'en' ? 'en-GB' : formats, { timeZone, ...options })
  return Object.assign(pick, {
    language,
    money: (value: MoneyJson) => formatMoney(fromJson(value), formats),
    date: (value: Date) => dates({ dateStyle: 'long' }).format(value),
    moment: (value: Date) =>
      dates({ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }).format(
        value,
      ),
    country: (code: string) => new Intl.DisplayNames(formats, { type: 'region' }).of(code) ?? code,
    count: (value: number) => new Intl.NumberFormat(formats).format(value),
  }) as Say
}

function understood(tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? 'en'
  } catch {
    return 'en'
  }
}
