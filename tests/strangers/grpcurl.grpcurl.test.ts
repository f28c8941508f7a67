import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openForStrangers, ran, type ShopForStrangers } from './shop-for-strangers.ts'

const GRPCURL = process.env['GRPCURL'] ?? 'grpcurl'
let strangers: ShopForStrangers
beforeAll(async () => {
  strangers = await openForStrangers()
}, 120_000)
afterAll(async () => await strangers?.shop.remove())

interface Call {
  readonly token?: string | null
  readonly more?: readonly string[]
}
/** grpcurl knows nothing of the shop: it asks for the descriptors first. */
const call = async (method: string, data: object, { token = strangers.token, more = [] }: Call = {}) => {
  const shown = token === null ? [] : ['-H', `authorization: Bearer ${token}`]
  return await ran(GRPCURL, ['-plaintext', ...shown, ...more, '-d', JSON.stringify(data), strangers.target, method])
}
const answer = async (method: string, data: object, options?: Call) => {
  const { code, out, errors } = await call(method, data, options)
  expect(errors).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out)
}
const euros = (amount: number) => ({ amount: String(amount), currency: 'EUR' })
const stockService = 'souk.inventory.v1.InventoryService'
const moneyService = 'souk.payments.v1.PaymentsService'

describe('somebody with grpcurl', () => {
  it('finds out what can be called, without a file', async () => {
    const { out } = await ran(GRPCURL, ['-plaintext', strangers.target, 'list'])
    expect(out.split('\n')).toEqual(expect.arrayContaining([stockService, moneyService, 'grpc.health.v1.Health']))
    const described = await ran(GRPCURL, ['-plaintext', strangers.target, 'describe', `${stockService}.Reserve`])
    expect(described.out).toContain(
      'rpc Reserve ( .souk.inventory.v1.ReserveRequest ) returns ( .souk.inventory.v1.ReserveOutcome )',
    )
  })

  it('asks whether the shop is well', async () => {
    expect(await answer('grpc.health.v1.Health/Check', {}, { token: null })).toEqual({ status: 'SERVING' })
    expect(await answer('grpc.health.v1.Health/Check', { service: stockService }, { token: null })).toEqual({ status: 'SERVING' })
  })

  it('reserves goods, sells them or lets them go', async () => {
    await strangers.stock('grpcurl', 10)
    const [kept, dropped] = [randomUUID(), randomUUID()]
    const reserve = (orderId: string, quantity: number) =>
      answer(`${stockService}/Reserve`, {
        orderId,
        channel: 'web',
        lines: [{ sku: 'grpcurl', quantity: String(quantity) }],
        ttlSeconds: '600',
      })
    expect(await reserve(kept, 3)).toMatchObject({ outcome: 'reserved' })
    expect(await reserve(dropped, 2)).toMatchObject({ outcome: 'reserved' })
    expect(await reserve(randomUUID(), 6)).toMatchObject({ outcome: 'out-of-stock', skus: [{ sku: 'grpcurl', available: '5' }] })
    expect(await answer(`${stockService}/Commit`, { orderId: kept })).toEqual({ outcome: 'committed' })
    expect(await answer(`${stockService}/Release`, { orderId: dropped, reason: 'changed her mind' })).toEqual({
      outcome: 'released',
    })
    expect(await answer(`${stockService}/Availability`, { skus: ['grpcurl'] })).toEqual({
      levels: [{ sku: 'grpcurl', available: '7' }],
    })
  })

  it('watches the stock until its time is over, and hears of the deadline in the usual words', async () => {
    await strangers.stock('watched', 4)
    const { code, out, errors } = await call(`${stockService}/Watch`, { skus: ['watched'] }, { more: ['-max-time', '2'] })
    expect(JSON.parse(out)).toMatchObject({ levels: [{ sku: 'watched', available: '4' }] })
    expect(errors).toContain('DeadlineExceeded')
    expect(code).not.toBe(0)
  })

  it('takes money once, and gives back no more than was taken', async () => {
    const orderId = randomUUID()
    const authorise = { orderId, attempt: '1', amount: euros(2500), paymentMethodId: 'tok_approve', capture: false }
    const first = await answer(`${moneyService}/Authorize`, authorise)
    expect(first).toMatchObject({ outcome: 'authorized' })
    expect(await answer(`${moneyService}/Authorize`, authorise)).toEqual(first)
    expect(await answer(`${moneyService}/Capture`, { orderId })).toMatchObject({
      outcome: 'captured',
      paymentId: first.paymentId,
    })
    expect(await answer(`${moneyService}/Status`, { orderId })).toMatchObject({ outcome: 'captured' })
    const refund = (amount: number) =>
      answer(`${moneyService}/Refund`, { orderId, refundId: randomUUID(), amount: euros(amount), reason: 'broken' })
    expect(await refund(1000)).toMatchObject({ outcome: 'refunded' })
    expect(await refund(2000)).toMatchObject({ outcome: 'refused', refundable: euros(1500) })
  })

  it('is told what is wrong with a question', async () => {
    const nothing = { orderId: randomUUID(), channel: 'web', lines: [{ sku: 'grpcurl', quantity: '-1' }], ttlSeconds: '600' }
    const { errors } = await call(`${stockService}/Reserve`, nothing)
    expect(errors).toContain('InvalidArgument')
  })

  it.each([
    ['without a token', () => null],
    ['with words instead of a token', () => 'not-a-token'],
    ['with a service’s token that somebody else has signed', () => strangers.serviceToken({ key: 'theirs' })],
    ['with a service’s token whose minute is over', () => strangers.serviceToken({ ageSeconds: 120 })],
    ['with a service’s token that was meant for nobody here', () => strangers.serviceToken({ audience: 'somewhere-else' })],
    ['with a service’s token for another service of the process', () => strangers.serviceToken({ audience: 'cart' })],
    ['with a person’s token that somebody else has signed', () => strangers.userToken({ key: 'theirs' })],
    ['with a person’s token whose ten minutes are over', () => strangers.userToken({ ageSeconds: 700 })],
  ])('is turned away %s', async (_, tokenOf) => {
    const { errors } = await call(`${stockService}/Availability`, { skus: ['grpcurl'] }, { token: await tokenOf() })
    expect(errors).toContain('Code: Unauthenticated')
  })

  it('is let in with the token of a person or a service that is good', async () => {
    await answer(`${stockService}/Availability`, { skus: ['none'] }, { token: await strangers.userToken({}) })
    expect(
      await answer(`${stockService}/Availability`, { skus: ['none'] }, { token: await strangers.serviceToken({}) }),
    ).toMatchObject({
      levels: [{ sku: 'none' }],
    })
  })

  it('may not call what is for our services alone', async () => {
    const { errors } = await call(`${stockService}/GiveBack`, { orderId: randomUUID(), lines: [], reason: 'mine' })
    expect(errors).toContain('Code: PermissionDenied')
  })
})
