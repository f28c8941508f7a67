import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { testUser } from '#kit/testing/service.ts'
import { address, openShop, type Shop, staff } from './shop.fixture.ts'

const definitions = [
  { key: 'costCentre', type: 'text', required: true, choices: [] },
  { key: 'floor', type: 'number', required: false, choices: [] },
  { key: 'until', type: 'date', required: false, choices: [] },
  { key: 'wrapping', type: 'enum', required: false, choices: ['paper', 'cloth'] },
]
let shop: Shop
beforeAll(async () => {
  shop = await openShop({ attributes: definitions })
}, 60_000)
afterAll(() => shop.close())

const fine = { costCentre: 'K1', gift: true, floor: 2, until: '2031-05-17', wrapping: 'cloth' }
const wrong: [object, string][] = [
  [{ costCentre: 'K1', colour: 'red' }, '/attributes/colour'],
  [{ costCentre: 'K1', gift: 'yes' }, '/attributes/gift'],
  [{ costCentre: 'K1', floor: '2' }, '/attributes/floor'],
  [{ costCentre: 'K1', until: '2031-02-30' }, '/attributes/until'],
  [{ costCentre: 'K1', wrapping: 'foil' }, '/attributes/wrapping'],
  [{ gift: true }, '/attributes/costCentre'],
  [{ costCentre: null }, '/attributes/costCentre'],
]
const refusal = (pointer: string) => ({ status: 422, body: { code: 'orders/invalid-attributes', errors: [{ pointer }] } })

describe('attributes the operator gave to orders', () => {
  it('are kept with the order', async () => {
    const { status, body } = await shop.order({ attributes: fine })
    expect([status, body.attributes]).toEqual([201, fine])
  })

  it.each(wrong)('must fit when an order is placed: %j', async (attributes, pointer) => {
    const before = shop.world.goods.get('mug')!.stock
    expect(await shop.order({ attributes })).toMatchObject(refusal(pointer))
    expect(shop.world.goods.get('mug')!.stock).toBe(before)
  })

  it.each(wrong)('must fit when they are changed: %j', async (attributes, pointer) => {
    const { body } = await shop.order({ attributes: fine })
    const changed = await shop.service.request('PATCH', `/api/orders/${body.id}`, { as: staff, body: { attributes } })
    expect(changed).toMatchObject(refusal(pointer))
  })

  it('may be missing in a draft, not in the order it becomes', async () => {
    const desk = testUser(uuidv7(), ['orders:draft'])
    const draft = { email: 'ann@example.com', shippingAddress: address, lines: [{ sku: 'mug', quantity: 1 }] }
    const { body } = await shop.service.request('POST', '/api/orders/drafts', { as: desk, body: draft })
    const place = () => shop.service.request('POST', `/api/orders/drafts/${body.id}/place`, { as: desk, body: {} })
    expect(await place()).toMatchObject(refusal('/attributes/costCentre'))
    await shop.service.request('PATCH', `/api/orders/drafts/${body.id}`, { as: desk, body: { attributes: fine } })
    expect((await place()).status).toBe(201)
  })
})
