import Type from 'typebox'
import { CountryCode } from '#contracts/values.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, can, del, get, put, type Route } from '#kit/http/route.ts'
import { closed, mapOf } from '#kit/messaging/event.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { Key } from '../shapes.ts'
import { explain, stillUsed } from '../store.ts'

const Params = closed({ key: Key })
const Name = Type.String({ minLength: 1, maxLength: 200 })
const Rates = mapOf(Key, Type.Integer({ minimum: 0, maximum: 10_000 }), {
  description: 'basis points by tax class: 1900 is 19 %',
  maxProperties: 50,
})
const Countries = Type.Array(CountryCode, { maxItems: 250, uniqueItems: true })
const Zone = closed({ key: Key, name: Name, countries: Countries, rates: Rates })

/** Tax classes and zones. Few, small, written as a whole; no versions. */
export function taxRoutes({ db }: ProductsDeps): readonly Route[] {
  const write = can('products:write')
  return [
    get(
      '/api/tax-classes',
      { access: anyone, summary: 'List the tax classes', response: page(closed({ key: Key, name: Name })) },
      async () => ({
        items: await db.read<{ key: string; name: string }[]>`select c.key, c.name from tax_classes c order by c.key`,
      }),
    ),
    put(
      '/api/tax-classes/:key',
      {
        access: write,
        summary: 'Create or rename a tax class',
        params: Params,
        body: closed({ name: Name }),
        response: closed({ key: Key, name: Name }),
      },
      async ({ tx, params, body }) => {
        await tx`insert into tax_classes (key, name) values (${params.key}, ${body.name}) on conflict (key) do update set name = excluded.name`
        return { key: params.key, name: body.name }
      },
    ),
    del(
      '/api/tax-classes/:key',
      {
        access: write,
        summary: 'Delete a tax class that nothing uses',
        params: Params,
        errors: [errors.noSuchTaxClass, errors.inUse],
      },
      async ({ tx, params }) => {
        const gone = await tx`delete from tax_classes where key = ${params.key}`.catch(stillUsed)
        if (gone.count === 0) throw errors.noSuchTaxClass()
      },
    ),
    get('/api/tax-zones', { access: anyone, summary: 'List the tax zones with their rates', response: page(Zone) }, async () => ({
      items: await loadZones(db.read, null),
    })),
    get(
      '/api/tax-zones/:key',
      { access: anyone, summary: 'Show a tax zone', params: Params, response: Zone, errors: [errors.noSuchTaxZone] },
      async ({ params }) => {
        const [zone] = await loadZones(db.sql, params.key)
        if (!zone) throw errors.noSuchTaxZone()
        return zone
      },
    ),
    put(
      '/api/tax-zones/:key',
      {
        access: write,
        summary: 'Create or replace a tax zone',
        params: Params,
        body: closed({ name: Name, countries: Countries, rates: Rates }),
        response: Zone,
        errors: [errors.countryTaken, errors.unknownReference],
      },
      async ({ tx, params, body }) => {
        await writeZone(tx, params.key, body)
        return (await loadZones(tx, params.key))[0]!
      },
    ),
    del(
      '/api/tax-zones/:key',
      {
        access: write,
        summary: 'Delete a tax zone: its countries are taxed no more',
        params: Params,
        errors: [errors.noSuchTaxZone, errors.inUse],
      },
      async ({ tx, params }) => {
        const [channel] = await tx`select 1 from channels c where ${params.key} = any (c.tax_zones)`
        if (channel) throw errors.inUse()
        const gone = await tx`delete from tax_zones where key = ${params.key}`
        if (gone.count === 0) throw errors.noSuchTaxZone()
      },
    ),
  ]
}

interface ZoneView {
  key: string
  name: string
  countries: string[]
  rates: Record<string, number>
}

function loadZones(sql: Query, key: string | null): Promise<ZoneView[]> {
  return sql<ZoneView[]>`
    select z.key, z.name, array(select c.country from tax_zone_countries c where c.zone = z.key order by c.country) as countries,
           (select coalesce(jsonb_object_agg(r.tax_class, r.basis_points), '{}') from tax_rates r where r.zone = z.key) as rates
      from tax_zones z where ${key}::text is null or z.key = ${key} order by z.key`
}

async function writeZone(tx: Tx, key: string, zone: Omit<ZoneView, 'key'>): Promise<void> {
  await tx`insert into tax_zones (key, name) values (${key}, ${zone.name}) on conflict (key) do update set name = excluded.name`
  await tx`delete from tax_zone_countries where zone = ${key}`
  await tx`insert into tax_zone_countries (country, zone) select c, ${key} from unnest(${zone.countries}::text[]) c`.catch(
    explain,
  )
  await tx`delete from tax_rates where zone = ${key}`
  await tx`
    insert into tax_rates (zone, tax_class, basis_points)
    select ${key}, r.key, r.value::integer from jsonb_each_text(${JSON.stringify(zone.rates)}::text::jsonb) r`.catch(explain)
}
