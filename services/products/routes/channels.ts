import Type from 'typebox'
import { ChannelKey, CountryCode, Locale } from '#contracts/values.ts'
import { Currency } from '#kit/core/money.ts'
import { anyone, can, get, patch, post, Reply, type Route } from '#kit/http/route.ts'
import { page } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import { createChannel, updateChannel } from '../commands/save-channel.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { type ChannelRow, loadChannels } from '../queries/channel.ts'
import { Key } from '../shapes.ts'

const fields = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  locales: Type.Array(Locale, { minItems: 1, maxItems: 40 }),
  country: CountryCode,
  pricesIncludeTax: Type.Boolean(),
  warehouses: Type.Array(Key, { maxItems: 100, description: 'first choice first; empty: all' }),
  taxZones: Type.Array(Key, { maxItems: 300, description: 'zones in which tax is collected; empty: all' }),
  hosts: Type.Array(Type.String({ minLength: 1, maxLength: 253, pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$' }), {
    maxItems: 50,
  }),
}
const View = closed({ key: ChannelKey, currency: Currency, ...fields, version: Type.Integer() })
/** What a shop front needs to know; where goods lie and which hosts exist is the shop's business. */
const PublicView = closed({
  key: ChannelKey,
  name: fields.name,
  currency: Currency,
  locales: fields.locales,
  country: CountryCode,
  pricesIncludeTax: Type.Boolean(),
})
const Params = closed({ key: ChannelKey })

export function channelRoutes({ db, kept }: ProductsDeps): readonly Route[] {
  const write = can('channels:write')
  const one = async (key: string) => {
    const [row] = await loadChannels(db.sql, key)
    if (!row) throw errors.noSuchChannel({ channel: key })
    return toJson(row)
  }
  return [
    get(
      '/api/channels',
      {
        access: anyone,
        summary: 'List the sales channels, the default one first',
        response: page(PublicView),
        cached: kept.frame,
      },
      async () => ({
        items: (await loadChannels(db.sql, null)).map((row) => {
          const { key, name, currency, locales, country, pricesIncludeTax } = toJson(row)
          return { key, name, currency, locales, country, pricesIncludeTax }
        }),
      }),
    ),
    get(
      '/api/channels/:key',
      {
        access: write,
        summary: 'Show a sales channel with its settings',
        params: Params,
        response: View,
        versioned: true,
        errors: [errors.noSuchChannel],
      },
      ({ params }) => one(params.key),
    ),
    post(
      '/api/channels',
      {
        access: write,
        summary: 'Create a sales channel',
        body: closed({
          key: ChannelKey,
          currency: Currency,
          ...fields,
          warehouses: Type.Optional(fields.warehouses),
          taxZones: Type.Optional(fields.taxZones),
          hosts: Type.Optional(fields.hosts),
        }),
        response: View,
        status: 201,
        versioned: true,
        errors: [errors.keyTaken, errors.hostTaken, errors.invalidChannel],
      },
      async ({ tx, body: { key, ...input } }) => {
        const created = await createChannel(tx, key, { warehouses: [], taxZones: [], hosts: [], ...input })
        return new Reply(toJson(created), { status: 201, headers: { location: `/api/channels/${key}` } })
      },
    ),
    patch(
      '/api/channels/:key',
      {
        access: write,
        summary: 'Change a sales channel; its currency stays',
        params: Params,
        body: closed({
          name: Type.Optional(fields.name),
          locales: Type.Optional(fields.locales),
          country: Type.Optional(fields.country),
          pricesIncludeTax: Type.Optional(fields.pricesIncludeTax),
          warehouses: Type.Optional(fields.warehouses),
          taxZones: Type.Optional(fields.taxZones),
          hosts: Type.Optional(fields.hosts),
        }),
        response: View,
        versioned: true,
        errors: [errors.noSuchChannel, errors.versionConflict, errors.hostTaken, errors.invalidChannel],
      },
      async ({ tx, params, body, expectedVersion }) => toJson(await updateChannel(tx, params.key, body, expectedVersion)),
    ),
  ]
}

const toJson = (row: ChannelRow) => ({
  key: row.key,
  name: row.name,
  currency: row.currency,
  locales: row.locales,
  country: row.country,
  pricesIncludeTax: row.prices_include_tax,
  warehouses: row.warehouses,
  taxZones: row.tax_zones,
  hosts: row.hosts,
  version: row.version,
})
