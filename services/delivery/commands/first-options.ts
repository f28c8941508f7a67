import type { Sql } from '#kit/db/db.ts'
import { minorDigits } from '#kit/core/money.ts'

/** Options of a fresh installation, in whole units of each currency's level (a euro, a dollar, a hundred yen …). */
const OPTIONS = [
  { id: 'home-standard', zone: 'home', carrier: 'dhl', en: 'Standard delivery', de: 'Standardversand', days: [2, 4], price: 4.9, freeFrom: 50, maxWeight: 30_000 },
  { id: 'home-express', zone: 'home', carrier: 'fedex', en: 'Express delivery', de: 'Expressversand', days: [1, 1], price: 12.9, freeFrom: null, maxWeight: 30_000 },
  { id: 'home-freight', zone: 'home', carrier: 'ups', en: 'Freight', de: 'Spedition', days: [4, 8], price: 49, freeFrom: null, maxWeight: null },
  { id: 'eu-standard', zone: 'eu', carrier: 'dhl', en: 'Standard delivery (EU)', de: 'Standardversand (EU)', days: [3, 6], price: 9.9, freeFrom: 100, maxWeight: 30_000 },
  { id: 'eu-express', zone: 'eu', carrier: 'ups', en: 'Express delivery (EU)', de: 'Expressversand (EU)', days: [1, 2], price: 24.9, freeFrom: null, maxWeight: 30_000 },
  { id: 'eu-freight', zone: 'eu', carrier: 'ups', en: 'Freight (EU)', de: 'Spedition (EU)', days: [5, 10], price: 89, freeFrom: null, maxWeight: null },
  { id: 'world-standard', zone: 'world', carrier: 'dhl', en: 'International delivery', de: 'Internationaler Versand', days: [6, 14], price: 19.9, freeFrom: 200, maxWeight: 30_000 },
  { id: 'world-express', zone: 'world', carrier: 'fedex', en: 'International express', de: 'Internationaler Expressversand', days: [2, 4], price: 49.9, freeFrom: null, maxWeight: 30_000 },
  { id: 'world-freight', zone: 'world', carrier: 'ups', en: 'International freight', de: 'Internationale Spedition', days: [10, 30], price: 189, freeFrom: null, maxWeight: null },
] as const // biome-ignore format: a table reads better in rows

/** How many units of a currency are about one euro; only to start with round prices, staff set their own. */
const LEVEL: Record<string, number> = {
  EUR: 1, USD: 1, GBP: 1, CHF: 1, CAD: 1.5, AUD: 1.5, NZD: 1.5, SEK: 10, NOK: 10, DKK: 8, PLN: 4, CZK: 25, HUF: 400, RON: 5, JPY: 150, CNY: 8,
  INR: 80, BRL: 5, MXN: 20, SGD: 1.5, KWD: 0.3, AED: 4, TRY: 35, ZAR: 20, KRW: 1400,
} // biome-ignore format: a table reads better in rows

/** Writes the first shipping options where there are none. Idempotent. */
export async function firstOptions(sql: Sql): Promise<void> {
  const rows = OPTIONS.map((option) => ({
    id: option.id,
    zone: option.zone,
    carrier: option.carrier,
    names: { en: option.en, de: option.de },
    minDays: option.days[0],
    maxDays: option.days[1],
    maxWeight: option.maxWeight,
  }))
  const prices = OPTIONS.flatMap((option) =>
    Object.entries(LEVEL).map(([currency, level]) => {
      const minor = (amount: number) => Math.round(amount * level * 10 ** minorDigits(currency))
      return {
        option: option.id,
        currency,
        price: minor(option.price),
        freeFrom: option.freeFrom === null ? null : minor(option.freeFrom),
      }
    }),
  )
  await sql`
    with fresh as (
      insert into shipping_options (id, zone, carrier, names, min_days, max_days, max_weight_grams)
      select i.id, i.zone, i.carrier, i.names, i."minDays", i."maxDays", i."maxWeight"
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as i(id text, zone text, carrier text, names jsonb, "minDays" integer, "maxDays" integer, "maxWeight" integer)
       where not exists (select 1 from shipping_options)
      returning id
    )
    insert into shipping_prices (option_id, currency, price, free_from)
    select p.option, p.currency, p.price, p."freeFrom"
      from jsonb_to_recordset(${JSON.stringify(prices)}::text::jsonb) as p(option text, currency text, price bigint, "freeFrom" bigint)
      join fresh f on f.id = p.option`
}
