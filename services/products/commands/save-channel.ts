import { refreshCardsWhere } from '../cards.ts'
import { errors } from '../errors.ts'
import { type ChannelRow, loadChannels } from '../queries/channel.ts'
import { explain } from '../store.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'

export interface ChannelInput {
  name: string
  currency: string
  locales: string[]
  country: string
  pricesIncludeTax: boolean
  warehouses: string[]
  taxZones: string[]
  hosts: string[]
}

/** Creates a channel with a price list of its own under the same key. Throws key-taken, host-taken, invalid-channel. */
export async function createChannel(tx: Tx, key: string, input: ChannelInput): Promise<ChannelRow> {
  await check(tx, input)
  const list = uuidv7()
  await tx`
    with channel as (
      insert into channels (key, name, currency, locales, country, prices_include_tax, warehouses, tax_zones, base_price_list)
      values (${key}, ${input.name}, ${input.currency}, ${input.locales}, ${input.country}, ${input.pricesIncludeTax}, ${input.warehouses}, ${input.taxZones}, ${list})
    )
    insert into price_lists (id, key, name, currency, channel, announced) values (${list}, ${key}, ${input.name}, ${input.currency}, ${key}, true)`.catch(
    explain,
  )
  await writeHosts(tx, key, input.hosts)
  await refreshCardsWhere(tx, tx`p.status = 'ACTIVE' and (p.channels is null or ${key} = any (p.channels))`)
  return (await loadChannels(tx, key))[0]!
}

/**
 * Changes a channel. Currency stays: its prices are amounts of it. Languages, tax and name take effect at once; the lists of a
 * large catalogue follow within moments.
 */
export async function updateChannel(
  tx: Tx,
  key: string,
  input: Partial<Omit<ChannelInput, 'currency'>>,
  expected: number | undefined,
): Promise<ChannelRow> {
  await tx`select 1 from channels where key = ${key} for update`
  const [before] = await loadChannels(tx, key)
  if (!before) throw errors.noSuchChannel({ channel: key })
  if (expected !== undefined && expected !== before.version) throw errors.versionConflict({ expected, actual: before.version })
  const after: ChannelInput = {
    name: input.name ?? before.name,
    currency: before.currency,
    locales: input.locales ?? before.locales,
    country: input.country ?? before.country,
    pricesIncludeTax: input.pricesIncludeTax ?? before.prices_include_tax,
    warehouses: input.warehouses ?? before.warehouses,
    taxZones: input.taxZones ?? before.tax_zones,
    hosts: input.hosts ?? before.hosts,
  }
  await check(tx, after)
  await tx`
    update channels
       set name = ${after.name}, locales = ${after.locales}, country = ${after.country}, prices_include_tax = ${after.pricesIncludeTax},
           warehouses = ${after.warehouses}, tax_zones = ${after.taxZones}, version = version + 1, updated_at = now()
     where key = ${key}`
  if (input.hosts) await writeHosts(tx, key, input.hosts)
  if (after.locales.join() !== before.locales.join()) {
    await refreshCardsWhere(tx, tx`p.status = 'ACTIVE' and (p.channels is null or ${key} = any (p.channels))`)
  }
  return (await loadChannels(tx, key))[0]!
}

async function check(tx: Tx, input: ChannelInput): Promise<void> {
  const twice = input.locales.findIndex((locale, index) => input.locales.indexOf(locale) !== index)
  if (twice >= 0) throw errors.invalidChannel({}, { fields: [{ pointer: `/locales/${twice}`, message: 'is there twice' }] })
  const zones = await tx<{ key: string }[]>`select z.key from tax_zones z where z.key = any (${input.taxZones})`
  const unknown = input.taxZones.findIndex((zone) => !zones.some(({ key }) => key === zone))
  if (unknown >= 0)
    throw errors.invalidChannel({}, { fields: [{ pointer: `/taxZones/${unknown}`, message: 'is not a tax zone' }] })
}

async function writeHosts(tx: Tx, key: string, hosts: readonly string[]): Promise<void> {
  const lower = [...new Set(hosts.map((host) => host.toLowerCase()))]
  await tx`delete from channel_hosts where channel = ${key} and host <> all (${lower})`
  await tx`insert into channel_hosts (host, channel) select h, ${key} from unnest(${lower}::text[]) h where not exists (select 1 from channel_hosts o where o.host = h and o.channel = ${key})`.catch(
    explain,
  )
}
