import { productsRpc } from '#contracts/rpc/products.ts'
import { changeList } from '#kit/cache/change-list.ts'
import { implement } from '#kit/rpc/rpc.ts'
import { ensureChannel } from './commands/ensure-channel.ts'
import { importCatalogue } from './commands/import-catalogue.ts'
import { importPrices } from './commands/import-prices.ts'
import { importProducts } from './commands/import-products.ts'
import type { ProductsDeps } from './deps.ts'
import { loadAttributeDefinitions } from './queries/attributes.ts'
import { catalogueCards, catalogueEntries, catalogueIds } from './queries/catalogue-entries.ts'
import { loadChannels, toContract } from './queries/channel.ts'
import { exportVariants } from './queries/export-variants.ts'
import { groupedPricing } from './queries/price-lines.ts'
import { sellerOf, soldBy } from './queries/seller-of.ts'
import { withDueLists } from './due-lists.ts'
import { createShownPrices } from './queries/shown-prices.ts'

/** What other services may ask of the catalogue. */
export function productCalls(deps: ProductsDeps) {
  const { sql } = deps.db
  const price = groupedPricing(sql)
  const changes = withDueLists(sql, changeList(sql))
  return implement(productsRpc, {
    price,
    shownPrices: createShownPrices({ price, read: changes }),
    attributes: async ({ entity }) => ({
      definitions: (await loadAttributeDefinitions(sql, entity)).map(({ key, type, required, choices }) => ({
        key,
        type,
        required,
        choices,
      })),
    }),
    channel: async ({ key }) => {
      const [channel] = await loadChannels(deps.db.sql, key)
      return channel ? toContract(channel) : null
    },
    channels: async () => ({
      channels: (await loadChannels(deps.db.sql, null)).map((row) => ({ ...toContract(row), hosts: row.hosts })),
    }),
    ensureChannel: (input) => ensureChannel(deps, input),
    importProducts: (input) => importProducts(deps, input),
    importCatalogue: (input) => importCatalogue(deps, input),
    importPrices: (input) => importPrices(deps, input),
    exportVariants: (input) => exportVariants(deps.db.sql, input),
    entries: async ({ ids }) => ({ entries: await catalogueEntries(sql, ids) }),
    entryIds: (input) => catalogueIds(sql, input),
    sellerOf: ({ productId }) => sellerOf(sql, productId),
    soldBy: (input) => soldBy(sql, input),
    cards: (input) => catalogueCards(sql, input),
    changes: async ({ since }) => {
      const { snapshot, tags, everything } = await changes(since)
      return { snapshot, tags: [...tags], everything }
    },
  })
}
