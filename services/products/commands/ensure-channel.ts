import type { Static } from 'typebox'
import type { productsRpc } from '#contracts/rpc/products.ts'
import type { ProductsDeps } from '../deps.ts'
import { loadChannels } from '../queries/channel.ts'
import { createChannel } from './save-channel.ts'

type Call = typeof productsRpc.methods.ensureChannel

/** Makes the channel that an import sells through, if it is not there. Two imports at once make one. */
export async function ensureChannel(
  { db }: ProductsDeps,
  { key, name, currency, locale, country, pricesIncludeTax }: Static<Call['input']>,
): Promise<Static<Call['output']>> {
  return await db.tx(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('products import'))`
    const [known] = await loadChannels(tx, key)
    if (known) return { outcome: known.currency === currency ? ('exists' as const) : ('differs' as const) }
    await createChannel(tx, key, {
      name,
      currency,
      locales: [locale],
      country,
      pricesIncludeTax,
      warehouses: [],
      taxZones: [],
      hosts: [],
    })
    return { outcome: 'created' as const }
  })
}
