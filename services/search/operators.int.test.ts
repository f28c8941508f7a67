import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OrderConfirmed } from '#contracts/events/orders.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { idOf, openTestShop, shopper, staff, type TestShop } from './testing/catalogue.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openTestShop()
  await shop.sell(
    { title: 'Linen sofa', brand: 'Softline', categories: ['Seating'] },
    { title: 'Leather couch', brand: 'Softline', categories: ['Seating'] },
    { title: 'Garden sofa', categories: ['Seating', 'Garden seats'] },
    { title: 'Sofa cushion' },
  )
})
afterAll(() => shop.close())

const order = (title: string, quantity = 1, customerId: string | null = null) =>
  OrderConfirmed({
    orderId: idOf(`order ${Math.random()}`),
    number: 'ORD-1',
    channel: 'web',
    customerId,
    locale: 'en',
    imported: false,
    total: { amount: 1995, currency: 'EUR' },
    lines: [
      {
        lineId: idOf('line'),
        sku: 'x',
        productId: idOf(title),
        variantId: idOf('v'),
        quantity,
        total: { amount: 1995, currency: 'EUR' },
      },
    ],
  })

describe('synonyms', () => {
  it('count at once, in both ways or in one, and are gone as soon', async () => {
    expect(await shop.find('q=couch')).toEqual(['Leather couch'])
    const both = await shop.request('POST', '/api/search/synonyms', {
      as: staff,
      body: { locale: 'en', words: ['couch', 'Sofa'] },
    })
    expect(both.status).toBe(201)
    expect(await shop.find('q=couch')).toHaveLength(4)
    const oneWay = { locale: 'en', words: ['couch'], finds: ['garden sofa'] }
    await shop.request('PUT', `/api/search/synonyms/${both.body.id}`, { as: staff, body: oneWay })
    expect((await shop.find('q=couch')).sort()).toEqual(['Garden sofa', 'Leather couch'])
    expect(await shop.find('q=garden sofa')).toEqual(['Garden sofa'])
    await shop.request('DELETE', `/api/search/synonyms/${both.body.id}`, { as: staff })
    expect(await shop.find('q=couch')).toEqual(['Leather couch'])
  })
  it('of several words are understood as a whole', async () => {
    const made = await shop.request('POST', '/api/search/synonyms', {
      as: staff,
      body: { locale: 'en', words: ['chaise longue', 'leather couch'] },
    })
    expect(await shop.find('q=chaise longue')).toEqual(['Leather couch'])
    await shop.request('DELETE', `/api/search/synonyms/${made.body.id}`, { as: staff })
  })
  it('need two phrases of up to three words', async () => {
    const make = async (body: object) =>
      (await shop.request('POST', '/api/search/synonyms', { as: staff, body: { locale: 'en', ...body } })).status
    expect([await make({ words: ['one'] }), await make({ words: ['a b c d', 'e'] }), await make({ words: ['!', 'e'] })]).toEqual([
      422, 422, 422,
    ])
  })
})

describe('products that operators move', () => {
  const move = (title: string, rule: object) =>
    shop.request('POST', '/api/search/rules', { as: staff, body: { query: 'Sofa', productId: idOf(title), ...rule } })

  it('stand where they were pinned, also without any of the words, and once', async () => {
    const pinned = await move('Leather couch', { kind: 'pin', position: 2 })
    expect(pinned.status).toBe(201)
    const found = await shop.find('q=sofa')
    expect(found[1]).toBe('Leather couch')
    expect(new Set(found).size).toBe(4)
    expect((await shop.find('q=sofa linen')).includes('Leather couch')).toBe(false)
    await shop.request('DELETE', `/api/search/rules/${pinned.body.id}`, { as: staff })
    expect((await shop.find('q=sofa')).includes('Leather couch')).toBe(false)
  })
  it('stand once, and higher up, when they are pinned for every question too', async () => {
    const pins = [
      await move('Leather couch', { kind: 'pin', position: 2 }),
      await move('Leather couch', { kind: 'pin', position: 1, query: '' }),
    ]
    const found = await shop.find('q=sofa')
    expect([found[0], found.filter((title) => title === 'Leather couch')]).toEqual(['Leather couch', ['Leather couch']])
    for (const { body } of pins) await shop.request('DELETE', `/api/search/rules/${body.id}`, { as: staff })
  })
  it('come first or last, for this question only', async () => {
    const usual = await shop.find('q=sofa')
    const [buried, boosted] = [await move(usual[0]!, { kind: 'bury' }), await move(usual[2]!, { kind: 'boost' })]
    expect(await shop.find('q=sofa')).toEqual([usual[2], usual[1], usual[0]])
    for (const { body } of [buried, boosted]) await shop.request('DELETE', `/api/search/rules/${body.id}`, { as: staff })
    expect(await shop.find('q=sofa')).toEqual(usual)
  })
  it('are found by their question, however it is written', async () => {
    const { body: rule } = await move('Linen sofa', { kind: 'boost' })
    const { body } = await shop.request('GET', `/api/search/rules?query=${encodeURIComponent('  SÓFA!')}`, { as: staff })
    expect(body.items).toEqual([rule])
    await shop.request('DELETE', `/api/search/rules/${rule.id}`, { as: staff })
  })
  it('have one rule for a question', async () => {
    const first = await move('Linen sofa', { kind: 'boost' })
    expect((await move('Linen sofa', { kind: 'bury' })).status).toBe(409)
    await shop.request('DELETE', `/api/search/rules/${first.body.id}`, { as: staff })
  })
  it('are theirs alone to move, and every move is on record', async () => {
    for (const path of ['/api/search/rules', '/api/search/synonyms', '/api/search/edits', '/api/search/queries'])
      expect([(await shop.request('GET', path)).status, (await shop.request('GET', path, { as: shopper })).status]).toEqual([
        401, 403,
      ])
    const { body } = await shop.request('GET', '/api/search/edits?subject=rule&limit=2', { as: staff })
    expect(body.items[0]).toMatchObject({
      by: staff.kind === 'user' ? staff.id : '',
      before: { kind: 'boost', query: 'sofa' },
      after: null,
    })
    expect(body.items[1]).toMatchObject({ before: null, after: { kind: 'boost', query: 'sofa' } })
  })
})

describe('what sells', () => {
  it('moves up, and a sale of today counts more than old ones', async () => {
    await shop.deliver({ ...order('Sofa cushion', 3), time: '2025-01-01T00:00:00.000Z' })
    await shop.deliver(order('Garden sofa', 1))
    await shop.runJob('carry-over-sales')
    expect((await shop.find('sort=bestselling&q=sofa')).slice(0, 2)).toEqual(['Garden sofa', 'Sofa cushion'])
  })
})

describe('the log of searches', () => {
  it('says what was searched for, what found nothing, what was clicked and bought', async () => {
    for (const q of ['Linen sofa', 'linen  SOFA', 'unobtainium']) await shop.find(`q=${q}`)
    // who keeps the search looks at an answer; that nobody wished for it
    await shop.request('GET', '/api/search?q=unobtainium', { as: staff })
    await eventually(async () => {
      const { body } = await shop.request('GET', '/api/search/queries?nothing=true', { as: staff })
      expect(body.items).toMatchObject([{ query: 'unobtainium', searches: 1, nothing: 1, clickThrough: 0 }])
    })
    const click = { q: 'linen sofa', productId: idOf('Linen sofa'), position: 1 }
    expect((await shop.request('POST', '/api/search/clicks', { as: shopper, body: click })).status).toBe(204)
    const buyer = shopper.kind === 'user' ? shopper.id : ''
    await shop.deliver(order('Linen sofa', 1, buyer))
    await shop.deliver(order('Linen sofa', 1, buyer))
    const { body } = await shop.request('GET', '/api/search/queries?sort=orders', { as: staff })
    expect(body.items[0]).toMatchObject({
      query: 'linen sofa',
      searches: 2,
      results: 1,
      clicks: 1,
      orders: 1,
      clickThrough: 0.5,
      conversion: 0.5,
    })
    expect((await shop.events('ProductQueried.v1')).map(({ data }) => (data as { query: string }).query)).toContain('unobtainium')
  })
  it('counts a choice that follows its search at once', async () => {
    const { items } = (await shop.request('GET', '/api/search?q=teapot')).body
    const click = { q: 'teapot', productId: items[0]?.id ?? idOf('Linen sofa'), position: 1 }
    expect((await shop.request('POST', '/api/search/clicks', { body: click })).status).toBe(204)
    const { body } = await shop.request('GET', '/api/search/queries?sort=clicks', { as: staff })
    expect(body.items).toContainEqual(expect.objectContaining({ query: 'teapot', searches: 1, clicks: 1 }))
  })

  it('S29: knows nothing of card numbers, addresses and telephone numbers that somebody typed, and answers them', async () => {
    const typed = ['sofa ann@example.com', 'sofa 4111 1111 1111 1111', 'sofa +49 151 23456784', '4111111111111111']
    for (const q of typed) {
      const { status, body } = await shop.request('GET', `/api/search?q=${encodeURIComponent(q)}`)
      expect([status, Array.isArray(body.items)]).toEqual([200, true])
      expect((await shop.request('GET', `/api/search/suggest?q=${encodeURIComponent(q)}`)).status).toBe(200)
    }
    const click = { q: typed[0], productId: idOf('Linen sofa'), position: 1 }
    expect((await shop.request('POST', '/api/search/clicks', { body: click })).status).toBe(204)
    // what comes after them in the log is there, so they are not on their way any more
    await shop.find('q=4006381333931')
    await eventually(async () => {
      const { body } = await shop.request('GET', '/api/search/queries?nothing=true', { as: staff })
      expect(body.items).toContainEqual(expect.objectContaining({ query: '4006381333931' }))
    })
    const kept = await shop.db.sql`
      select query from query_days union all select query from popular_queries union all select query from clicks`
    const told = (await shop.events('ProductQueried.v1')).map(({ data }) => (data as { query: string }).query)
    const words = [...kept.map(({ query }) => String(query)), ...told]
    expect(words).toContain('4006381333931')
    expect(words.filter((query) => /example|4111|23456784/.test(query))).toEqual([])
  })

  it('forgets who clicked when their account is erased', async () => {
    const [before] = await shop.db.sql`select count(*)::int as own from clicks where user_id is not null`
    await shop.deliver(UserDeleted({ userId: shopper.kind === 'user' ? shopper.id : '', locale: 'en' } as never))
    const [after] = await shop.db.sql`select count(*)::int as own from clicks where user_id is not null`
    expect([before!['own'], after!['own']]).toEqual([1, 0])
  })
})

describe('suggestions', () => {
  const suggest = (q: string) => shop.ask(`/api/search/suggest?q=${q}`)
  it('complete the last word and know categories, brands and products', async () => {
    expect(await suggest('so')).toMatchObject({
      queries: expect.arrayContaining(['sofa', 'softline']),
      brands: [{ title: 'Softline' }],
    })
    expect(await suggest('gar')).toMatchObject({ categories: [{ title: 'Garden seats' }], products: [{ title: 'Garden sofa' }] })
    expect((await suggest('linen so')).queries[0]).toBe('linen sofa')
  })
  it('know what was meant', async () => {
    expect((await suggest('lether couch')).products.map(({ title }: { title: string }) => title)).toEqual(['Leather couch'])
  })
  it('are none for nothing', async () => {
    expect(await suggest('')).toEqual({ queries: [], categories: [], brands: [], products: [] })
  })
})
