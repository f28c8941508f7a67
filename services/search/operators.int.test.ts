import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UserDeleted } from '#contracts/events/users.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { testUser } from '#kit/testing/service.ts'
import { cancelled, idOf, openTestShop, order, shopper, staff, type TestShop } from './testing/catalogue.ts'
import { SOFAS } from './testing/operators.contract.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openTestShop()
  await shop.sell(...SOFAS)
})
afterAll(() => shop.close())

describe('synonyms', () => {
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

  it('takes a cancelled order off again, once however often it is told, and counts the one that is placed instead', async () => {
    const buyer = '00000000-0000-7000-8000-00000000cccc'
    for (const q of ['walnut sofa', 'walnut sofa', 'leather sofa']) await shop.find(`q=${q}`)
    for (const q of ['walnut sofa', 'leather sofa']) {
      const click = { q, productId: idOf('Linen sofa'), position: 1 }
      expect((await shop.request('POST', '/api/search/clicks', { as: testUser(buyer), body: click })).status).toBe(204)
    }
    const bought = async () => {
      const { body } = await shop.request('GET', '/api/search/queries?sort=clicks', { as: staff })
      const of = (query: string) => body.items.find((item: { query: string }) => item.query === query)
      return ['walnut sofa', 'leather sofa'].map((query) => [of(query).orders, of(query).conversion])
    }
    const [first, second] = [order('Linen sofa', 1, buyer), order('Linen sofa', 1, buyer)]
    const counted = [
      [1, 0.5],
      [1, 1],
    ]
    const given = [
      [0, 0],
      [0, 0],
    ]
    await shop.deliver(first)
    expect(await bought()).toEqual(counted)
    for (let told = 0; told < 2; told += 1) {
      await shop.deliver(cancelled(first))
      expect(await bought()).toEqual(given)
    }
    // late, and alone: what was cancelled stays so
    await shop.deliver(first)
    expect(await bought()).toEqual(given)
    await shop.deliver(second)
    // all of it again from the beginning, as a replay tells it
    for (const event of [first, cancelled(first), second]) await shop.deliver(event)
    expect(await bought()).toEqual(counted)
    // a search before the same purchase is told again is not what it came from
    const click = { q: 'leather sofa', productId: idOf('Linen sofa'), position: 1 }
    await shop.request('POST', '/api/search/clicks', { as: testUser(buyer), body: click })
    await shop.deliver(second)
    await shop.deliver(cancelled(second))
    expect(await bought()).toEqual(given)
  })

  it('knows what an order came from as long as it may be cancelled, but not who bought', async () => {
    const buyer = '00000000-0000-7000-8000-00000000dddd'
    await shop.find('q=linen')
    const click = { q: 'linen', productId: idOf('Linen sofa'), position: 1 }
    await shop.request('POST', '/api/search/clicks', { as: testUser(buyer), body: click })
    const placed = order('Linen sofa', 1, buyer)
    await shop.deliver(placed)
    await shop.db.sql`update clicks c set at = c.at - interval '31 days'`
    await shop.runJob('clean-up')
    // "linen sofa" has an order since the first test
    expect(await shop.db.sql`select c.user_id, c.query from clicks c order by c.query`).toEqual([
      { user_id: null, query: 'linen' },
      { user_id: null, query: 'linen sofa' },
    ])
    await shop.deliver(cancelled(placed))
    const { body } = await shop.request('GET', '/api/search/queries', { as: staff })
    expect(body.items).toContainEqual(expect.objectContaining({ query: 'linen', clicks: 1, orders: 0 }))
  })
})
