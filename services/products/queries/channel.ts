import type { Static } from 'typebox'
import type { Channel } from '#contracts/rpc/products.ts'
import type { Query } from '#kit/db/db.ts'

export interface ChannelRow {
  key: string
  name: string
  currency: string
  locales: string[]
  country: string
  prices_include_tax: boolean
  warehouses: string[]
  tax_zones: string[]
  base_price_list: string | null
  hosts: string[]
  version: number
}

/** Every channel, the first created (the default one) first; or the one with this key. */
export async function loadChannels(db: Query, key: string | null): Promise<ChannelRow[]> {
  return db<ChannelRow[]>`
    select ch.key, ch.name, ch.currency, ch.locales, ch.country, ch.prices_include_tax, ch.warehouses, ch.tax_zones, ch.base_price_list, ch.version,
           array(select h.host from channel_hosts h where h.channel = ch.key order by h.host) as hosts
      from channels ch
     where ${key}::text is null or ch.key = ${key}
     order by ch.created_at, ch.key`
}

/** What other services need to know of a channel. */
export function toContract(row: ChannelRow): Static<typeof Channel> {
  return {
    key: row.key,
    name: row.name,
    currency: row.currency,
    locales: row.locales,
    country: row.country,
    pricesIncludeTax: row.prices_include_tax,
    warehouses: row.warehouses,
  }
}
