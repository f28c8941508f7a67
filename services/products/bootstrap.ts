import { uuidv7 } from '#kit/core/ids.ts'
import type { ProductsDeps } from './deps.ts'

/** Standard, reduced and zero rate in basis points, of countries many shops sell to. Shops check and change them under /api/tax-zones. */
const ZONES: readonly (readonly [key: string, name: string, countries: readonly string[], standard: number, reduced: number])[] =
  [
    ['de', 'Germany', ['DE'], 1900, 700],
    ['at', 'Austria', ['AT'], 2000, 1000],
    ['fr', 'France', ['FR'], 2000, 550],
    ['gb', 'United Kingdom', ['GB'], 2000, 500],
    ['nl', 'Netherlands', ['NL'], 2100, 900],
    ['be', 'Belgium', ['BE'], 2100, 600],
    ['it', 'Italy', ['IT'], 2200, 1000],
    ['es', 'Spain', ['ES'], 2100, 1000],
    ['pl', 'Poland', ['PL'], 2300, 800],
    ['ie', 'Ireland', ['IE'], 2300, 1350],
    ['ch', 'Switzerland', ['CH'], 810, 260],
    // An example to be replaced: what a shop must collect differs by state and by where it has a presence.
    ['us', 'United States', ['US'], 0, 0],
  ]

/** First data of a fresh installation: tax classes, zones with rates, the channel `web` with its price list. What exists stays as it is. */
export async function bootstrap({ db }: ProductsDeps): Promise<void> {
  const rates = ZONES.flatMap(([zone, , , standard, reduced]) => [
    { zone, tax_class: 'standard', basis_points: standard },
    { zone, tax_class: 'reduced', basis_points: reduced },
    { zone, tax_class: 'zero', basis_points: 0 },
  ])
  await db.tx(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('products bootstrap'))`
    const [known] = await tx`select 1 from tax_classes limit 1`
    if (!known) {
      await tx`insert into tax_classes (key, name) values ('standard', 'Standard rate'), ('reduced', 'Reduced rate'), ('zero', 'Zero rate')`
      await tx`insert into tax_zones ${tx(ZONES.map(([key, name]) => ({ key, name })))}`
      await tx`insert into tax_zone_countries ${tx(ZONES.flatMap(([zone, , countries]) => countries.map((country) => ({ country, zone }))))}`
      await tx`insert into tax_rates ${tx(rates)}`
    }
    const [channel] = await tx`select 1 from channels limit 1`
    if (channel) return
    const list = uuidv7()
    await tx`
      with channel as (
        insert into channels (key, name, currency, locales, country, prices_include_tax, base_price_list) values ('web', 'Web shop', 'EUR', '{en,de}', 'DE', true, ${list})
      )
      insert into price_lists (id, key, name, currency, channel, announced) values (${list}, 'web', 'Web shop', 'EUR', 'web', true)`
  })
}
