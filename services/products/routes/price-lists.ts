import Type from 'typebox'
import { ChannelKey, Nullable, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import { Currency, MinorUnits, toJsonAmount } from '#kit/core/money.ts'
import { ascending, keyset, page } from '#kit/http/paging.ts'
import { can, del, get, patch, post, put, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { createPriceList, deletePriceList, setPrices, updatePriceList } from '../commands/save-price-list.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { loadPriceList, loadPriceLists } from '../queries/price-lists.ts'
import { Key, PriceInput } from '../shapes.ts'

const Id = closed({ id: Uuid })
const Kind = Type.Union([Type.Literal('regular'), Type.Literal('sale')])
const Group = Type.String({ minLength: 1, maxLength: 60 })
const fields = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  kind: Kind,
  channel: Nullable(ChannelKey),
  customerGroup: Nullable(Group),
  priority: Type.Integer({ minimum: -1000, maximum: 1000 }),
  active: Type.Boolean(),
  validFrom: Nullable(Timestamp),
  validTo: Nullable(Timestamp),
}
// the list of a channel has the channel's key
const PriceList = closed({
  id: Uuid,
  key: Type.String(),
  currency: Currency,
  ...fields,
  inForce: Type.Boolean(),
  version: Type.Integer(),
})
const optional = Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, Type.Optional(schema)])) as {
  [K in keyof typeof fields]: Type.TOptional<(typeof fields)[K]>
}
const Price = closed({ sku: Sku, variantId: Uuid, minQuantity: Type.Integer(), amount: MinorUnits })
const prices = keyset({
  list: 'prices',
  id: { column: 'priced.position', type: 'text' },
  sorts: { sku: ascending('priced.sku', 'text') },
  initial: 'sku',
})

export function priceListRoutes(deps: ProductsDeps): readonly Route[] {
  const { db } = deps
  const write = can('products:write')
  return [
    get(
      '/api/price-lists',
      { access: write, summary: 'List the price lists, the strongest first', response: page(PriceList) },
      async () => ({ items: await loadPriceLists(db.read) }),
    ),
    get(
      '/api/price-lists/:id',
      {
        access: write,
        summary: 'Show a price list',
        params: Id,
        response: PriceList,
        versioned: true,
        errors: [errors.noSuchPriceList],
      },
      async ({ params }) => {
        const list = await loadPriceList(db.sql, params.id)
        if (!list) throw errors.noSuchPriceList()
        return list
      },
    ),
    post(
      '/api/price-lists',
      {
        access: write,
        summary: 'Create a price list',
        body: closed({ key: Key, currency: Currency, ...optional, name: fields.name }),
        response: PriceList,
        status: 201,
        versioned: true,
        errors: [errors.keyTaken, errors.invalidValidity],
      },
      async ({ tx, body }) => {
        const list = await createPriceList(tx, {
          kind: 'regular',
          channel: null,
          customerGroup: null,
          priority: 0,
          active: true,
          validFrom: null,
          validTo: null,
          ...body,
        })
        return new Reply(list, { status: 201, headers: { location: `/api/price-lists/${list.id}` } })
      },
    ),
    patch(
      '/api/price-lists/:id',
      {
        access: write,
        summary: 'Change a price list',
        params: Id,
        body: closed(optional),
        response: PriceList,
        versioned: true,
        errors: [errors.noSuchPriceList, errors.versionConflict, errors.invalidValidity],
      },
      ({ tx, params, body, expectedVersion }) => updatePriceList(deps, tx, params.id, body, expectedVersion),
    ),
    del(
      '/api/price-lists/:id',
      {
        access: write,
        summary: 'Delete a price list with its prices',
        params: Id,
        versioned: true,
        errors: [errors.noSuchPriceList, errors.inUse],
      },
      async ({ tx, params, expectedVersion }) => {
        await deletePriceList(deps, tx, params.id, expectedVersion)
      },
    ),
    get(
      '/api/price-lists/:id/prices',
      {
        access: write,
        summary: 'List the prices of a price list',
        params: Id,
        query: prices.query({ sku: Type.Optional(Sku) }),
        response: page(Price),
      },
      async ({ params, query }) => {
        const at = prices.position(query)
        const rows = await db.read<{ sku: string; variantId: string; minQuantity: number; amount: bigint }[]>`
        select priced.sku, priced."variantId", priced."minQuantity", priced.amount, ${at.keys(db.read)}
          from (select v.sku, v.id as "variantId", p.min_quantity as "minQuantity", p.amount, lpad(p.min_quantity::text, 7, '0') as position
                  from prices p join variants v on v.id = p.variant_id
                 where p.price_list_id = ${params.id} ${query.sku === undefined ? db.read`` : db.read`and v.sku = ${query.sku}`}) priced
         where true ${at.after(db.read)} ${at.order(db.read)}`
        return at.page(rows, ({ sku, variantId, minQuantity, amount }) => ({
          sku,
          variantId,
          minQuantity,
          amount: toJsonAmount(amount),
        }))
      },
    ),
    put(
      '/api/price-lists/:id/prices',
      {
        access: write,
        summary: 'Set prices of a price list; an amount of null takes the price away, prices not named stay',
        params: Id,
        body: closed({ prices: Type.Array(PriceInput, { minItems: 1, maxItems: 1000 }) }),
        response: closed({ changed: Type.Integer() }),
        bodyLimit: 512 * 1024,
        errors: [errors.noSuchPriceList, errors.unknownReference],
      },
      ({ tx, params, body }) => setPrices(deps, tx, params.id, body.prices),
    ),
  ]
}
