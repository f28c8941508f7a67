import Type from 'typebox'
import { inventoryRpc } from '#contracts/rpc/inventory.ts'
import { PricedLine } from '#contracts/rpc/products.ts'
import { Nullable } from '#contracts/values.ts'
import { get, internal, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { ProductsDeps } from '../deps.ts'
import { priceLines } from '../queries/price-lines.ts'

const Skus = Type.String({ minLength: 1, maxLength: 8000, description: 'SKUs with commas between them, up to a hundred' })
const Line = closed({
  ...PricedLine.properties,
  available: Nullable(Type.Integer({ description: 'null: inventory did not answer' })),
})

/** What an order service outside of this code asks: price and stock in one answer. */
export function internalRoutes({ db, kit }: ProductsDeps): readonly Route[] {
  return [
    get(
      '/internal/products',
      {
        access: internal,
        summary: 'Price and stock of SKUs',
        query: closed({ skus: Skus }),
        response: closed({
          currency: Type.String(),
          pricesIncludeTax: Type.Boolean(),
          items: Type.Array(Line),
          refused: Type.Array(closed({ sku: Type.String(), reason: Type.String() })),
        }),
      },
      async ({ query, channel, locale }) => {
        const skus = [
          ...new Set(
            query.skus
              .split(',')
              .map((sku) => sku.trim())
              .filter((sku) => sku !== ''),
          ),
        ].slice(0, 100)
        const [priced, levels] = await Promise.all([
          priceLines(db.sql, { channel, locale, lines: skus.map((sku) => ({ sku, quantity: 1 })) }),
          kit
            .rpc(inventoryRpc)
            .availability({ skus, channel })
            .then(
              (answer) => new Map(answer.levels.map((level) => [level.sku, level.available])),
              () => undefined,
            ),
        ])
        const items = priced.lines.map((line) => ({ ...line, available: levels ? (levels.get(line.sku) ?? 0) : null }))
        return { currency: priced.currency, pricesIncludeTax: priced.pricesIncludeTax, items, refused: priced.refused }
      },
    ),
  ]
}
