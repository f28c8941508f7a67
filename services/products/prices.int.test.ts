import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PriceCandidate, priceOf } from './price.ts'
import { priceLines } from './queries/price-lines.ts'
import { aProduct, given, type Json, shopper, staff, startShop } from './testing/shop.ts'
import type { Query } from '#kit/db/db.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startShop({ rpc: { users: { customerGroups: async () => ({ groups: ['trade'] }) } } })
})
afterAll(() => shop.close())

const price = async (sku: string, quantity = 1, more: object = {}) =>
  (await shop.call<Json>('price', { channel: 'web', lines: [{ sku, quantity }], ...more })).lines[0]
const aList = async (input: object) =>
  (await shop.request('POST', '/api/price-lists', { as: staff, body: { name: 'List', currency: 'EUR', ...input } })).body
const set = (list: string, prices: object[]) =>
  shop.request('PUT', `/api/price-lists/${list}/prices`, { as: staff, body: { prices } })

describe('price lists', () => {
  it('give a lower price for more', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    const sku = product.variants[0]!.sku
    const list = (await shop.request('GET', '/api/price-lists', { as: staff })).body.items.find((one: Json) => one.key === 'web')
    expect((await set(list.id, [{ sku, minQuantity: 10, amount: 1500 }])).body).toEqual({ changed: 1 })
    expect(await price(sku, 9)).toMatchObject({ unitPrice: 1995 })
    expect(await price(sku, 10)).toMatchObject({ unitPrice: 1500, listPrice: 1500 })
    expect((await shop.request('GET', `/api/products/${id}`)).body.variants[0].breaks).toEqual([
      { minQuantity: 10, price: { amount: 1500, currency: 'EUR' } },
    ])
    expect((await set(list.id, [{ sku, minQuantity: 10, amount: 1500 }])).body).toEqual({ changed: 0 })
    expect((await set(list.id, [{ sku, minQuantity: 10, amount: null }])).body).toEqual({ changed: 1 })
    expect(await price(sku, 10)).toMatchObject({ unitPrice: 1995 })
  })

  it('keep the regular price beside a sale, on the list as well', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    const sku = product.variants[0]!.sku
    const sale = await aList({ key: 'summer', kind: 'sale' })
    await set(sale.id, [{ sku, amount: 990 }])
    expect(await price(sku)).toMatchObject({ unitPrice: 990, listPrice: 1995 })
    const card = (await shop.request('GET', '/api/products')).body.items.find((one: Json) => one.id === id)
    expect(card).toMatchObject({ price: { amount: 990 }, listPrice: { amount: 1995 } })
  })

  it('show members their price on the page', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    const sku = product.variants[0]!.sku
    const trade = await aList({ key: 'trade', customerGroup: 'trade', priority: 5 })
    await set(trade.id, [{ sku, amount: 1200 }])
    expect(await price(sku)).toMatchObject({ unitPrice: 1995 })
    expect(await price(sku, 1, { customerGroups: ['trade'] })).toMatchObject({ unitPrice: 1200 })
    const page = await shop.request('GET', `/api/products/${id}`, { as: shopper, headers: { authorization: 'Bearer x' } })
    expect(page.body.variants[0].price.amount).toBe(1200)
  })

  it('count when their time has come, and the world is told', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    const sku = product.variants[0]!.sku
    const list = await aList({ key: 'soon', kind: 'sale', validFrom: '2099-01-01T00:00:00Z' })
    const before = (await shop.events('PriceChanged.v1')).length
    await set(list.id, [{ sku, amount: 500 }])
    expect((await shop.events('PriceChanged.v1')).length).toBe(before)
    expect(await price(sku)).toMatchObject({ unitPrice: 1995 })
    // The clock is the database's: the list is put where its beginning has just passed, as time would.
    await shop.database.admin`update products.price_lists set valid_from = now() - interval '1 second' where id = ${list.id}`
    expect(await price(sku)).toMatchObject({ unitPrice: 500, listPrice: 1995 })
    await shop.runJob('announce-price-lists')
    await shop.runJob('announce-price-lists')
    const told = (await shop.events('PriceChanged.v1')).slice(before)
    expect(told.map((event) => event.data)).toEqual([
      expect.objectContaining({ sku, priceListId: list.id, previous: null, price: { amount: 500, currency: 'EUR' } }),
    ])
    const card = async () =>
      (await shop.request('GET', '/api/products')).body.items.find((one: Json) => one.id === id).price.amount
    expect(await card()).toBe(500)
    const ended = await shop.request('PATCH', `/api/price-lists/${list.id}`, { as: staff, body: { active: false } })
    expect(ended.status).toBe(200)
    expect((await shop.events('PriceChanged.v1')).at(-1)?.data).toMatchObject({ sku, previous: { amount: 500 }, price: null })
    expect(await card()).toBe(1995)
  })

  it('do not end before they begin, and are changed by the one who saw the latest version', async () => {
    const list = await aList({ key: 'odd' })
    expect(
      (
        await shop.request('PATCH', `/api/price-lists/${list.id}`, {
          as: staff,
          body: { validFrom: '2030-02-01T00:00:00Z', validTo: '2030-01-01T00:00:00Z' },
        })
      ).status,
    ).toBe(422)
    expect(
      (
        await shop.request('PATCH', `/api/price-lists/${list.id}`, {
          as: staff,
          body: { priority: 1 },
          headers: { 'if-match': '"99"' },
        })
      ).status,
    ).toBe(412)
    expect((await aList({ key: 'odd' })).code).toBe('products/key-taken')
    expect((await shop.request('GET', '/api/price-lists', { as: shopper })).status).toBe(403)
  })

  it('refuse a price in another currency', async () => {
    const answer = await shop.request('POST', '/api/products', {
      as: staff,
      body: aProduct({ variants: [{ sku: 'USD-1', price: { amount: 1, currency: 'USD' } }] }),
    })
    expect(answer).toMatchObject({ status: 422, body: { code: 'products/invalid-price' } })
  })
})

describe('a priced line', () => {
  it('is refused with its reason when it cannot be sold', async () => {
    const draft = aProduct({ status: 'DRAFT' })
    const unpriced = aProduct({ variants: [{ sku: 'NO-PRICE' }] })
    const elsewhere = aProduct({ channels: [] })
    await given(shop, draft)
    await given(shop, unpriced)
    await given(shop, elsewhere)
    const skus = [draft.variants[0]!.sku, 'NO-PRICE', elsewhere.variants[0]!.sku, 'NEVER-HEARD']
    const { lines, refused } = await shop.call<Json>('price', {
      channel: 'web',
      lines: skus.map((sku) => ({ sku, quantity: 1 })),
    })
    expect(lines).toEqual([])
    expect(refused.map((line: Json) => line.reason)).toEqual(['not-on-sale', 'no-price', 'not-on-sale', 'unknown'])
  })

  it('is taxed where it goes', async () => {
    const product = aProduct()
    await given(shop, product)
    const sku = product.variants[0]!.sku
    expect(await price(sku, 1, { country: 'AT' })).toMatchObject({ taxRateBasisPoints: 2000 })
    expect(await price(sku, 1, { country: 'BR' })).toMatchObject({ taxRateBasisPoints: 0 })
  })

  it('costs one statement, however many lines there are', async () => {
    const skus: string[] = []
    for (let n = 0; n < 5; n++) {
      const product = aProduct()
      await given(shop, product)
      skus.push(product.variants[0]!.sku)
    }
    const lines = Array.from({ length: 50 }, (_, n) => ({ sku: skus[n % 5]!, quantity: n + 1 }))
    let statements = 0
    const counting = Object.assign((...parts: unknown[]) => {
      statements++
      return (shop.db.sql as unknown as (...all: unknown[]) => unknown)(...parts)
    }, shop.db.sql) as unknown as Query
    const answer = await priceLines(counting, { channel: 'web', lines })
    expect(answer.lines.map((line) => line.sku)).toEqual(lines.map((line) => line.sku))
    expect(statements).toBe(1)
  })

  it('has the price that the written rule says, for every mixture of lists', async () => {
    let seed = 20310615
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return Math.floor((seed / 2147483648) * below)
    }
    const pick = <T>(...choices: T[]): T => choices[random(choices.length)]!
    const product = aProduct({ variants: [{ sku: 'RULE-1' }] })
    const { id } = await given(shop, product)
    const [variant] = await shop.db.sql<{ id: string }[]>`select v.id from variants v where v.product_id = ${id}`
    const hour = (n: number) => new Date(Date.now() + n * 3_600_000)
    for (let round = 0; round < 150; round++) {
      const candidates: PriceCandidate[] = []
      await shop.database.admin`delete from products.price_lists where key like 'rule-%'`
      const lists = 2 + random(6)
      for (let n = 0; n < lists; n++) {
        const listId = `00000000-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`
        const list = {
          listId,
          kind: pick<'regular' | 'sale'>('regular', 'sale'),
          priority: random(3),
          currency: pick('EUR', 'EUR', 'GBP'),
          channel: pick(null, 'web', 'web'),
          customerGroup: pick(null, 'a', 'b'),
          active: random(10) > 0,
          validFrom: pick(null, null, hour(-1), hour(1)),
          validTo: pick(null, null, hour(2), hour(-0.5)),
        }
        if (list.validFrom && list.validTo && list.validFrom >= list.validTo) list.validTo = null
        await shop.database.admin`
          insert into products.price_lists (id, key, name, currency, kind, channel, customer_group, priority, active, valid_from, valid_to)
          values (${listId}, ${`rule-${n}`}, 'rule', ${list.currency}, ${list.kind}, ${list.channel}, ${list.customerGroup}, ${list.priority}, ${list.active}, ${list.validFrom}, ${list.validTo})`
        for (const minQuantity of [1, 5, 20].filter(() => random(2) === 0)) {
          const amount = BigInt(100 + random(50))
          candidates.push({ ...list, minQuantity, amount })
          await shop.database
            .admin`insert into products.prices (variant_id, price_list_id, min_quantity, amount) values (${variant!.id}, ${listId}, ${minQuantity}, ${amount})`
        }
      }
      const customerGroups = pick([], ['a'], ['a', 'b'])
      const quantity = pick(1, 4, 5, 30)
      const said = await price('RULE-1', quantity, { customerGroups })
      const expected = priceOf(candidates, { channel: 'web', currency: 'EUR', customerGroups, quantity, at: new Date() })
      expect(said && { unitPrice: BigInt(said.unitPrice), listPrice: BigInt(said.listPrice) }).toEqual(expected)
    }
  })
})
