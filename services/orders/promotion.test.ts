import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { customerKeyOf, distinctCodes, isCode, normalisedCode } from './codes.ts'
import { applyPromotions, type Offer, type PromotableBasket, type PromotableLine, type Promotion } from './promotion.ts'
import type { PromotionAction, PromotionConditions } from './promotion-rule.ts'

const day = (n: number) => new Date(Date.UTC(2026, 0, n))
const line = (sku: string, unitPrice: number, quantity = 1, more: Partial<PromotableLine> = {}): PromotableLine => ({
  sku,
  unitPrice: BigInt(unitPrice),
  quantity,
  categoryIds: [],
  giftCard: false,
  ...more,
})
const basket = (lines: PromotableLine[], more: Partial<PromotableBasket> = {}): PromotableBasket => ({
  currency: 'EUR',
  channel: 'web',
  lines,
  shipping: 490n,
  customerGroups: [],
  firstOrder: null,
  now: day(10),
  ...more,
})
let ids = 0
const promotion = (action: PromotionAction, more: Partial<Promotion> = {}): Promotion => ({
  id: `promotion-${String(++ids).padStart(4, '0')}`, name: 'Sale', active: true, action, conditions: {}, exclusive: false, priority: 0,
  startsAt: null, endsAt: null, usageLimit: null, customerLimit: null, used: 0, ...more,
}) // biome-ignore format: a builder reads better in rows
const automatic = (of: Promotion): Offer => ({ promotion: of, coupon: null, usedByCustomer: 0 })
const coupon = (code: string, of: Promotion, more: Partial<Offer> = {}): Offer => ({
  promotion: of,
  coupon: { id: code, code, disabled: false, usageLimit: null, used: 0 },
  usedByCustomer: 0,
  ...more,
})
const percent = (basisPoints: number): PromotionAction => ({ kind: 'percent', basisPoints })
const off = (amount: number, per: 'order' | 'line' = 'order'): PromotionAction => ({ kind: 'fixed', amount, per })
const mug = line('mug', 1250, 2)
const tea = line('tea', 490)

describe('what a promotion takes off', () => {
  it('takes a share off all goods, split so that the lines sum to it', () => {
    const { discounts, shippingDiscount } = applyPromotions(basket([mug, tea]), [automatic(promotion(percent(1000)))])
    expect(discounts).toEqual([250n, 49n])
    expect(shippingDiscount).toBe(0n)
  })

  it('takes an amount off the order, and never more than the goods cost', () => {
    expect(applyPromotions(basket([mug, tea]), [automatic(promotion(off(1000)))]).discounts).toEqual([836n, 164n])
    expect(applyPromotions(basket([mug, tea]), [automatic(promotion(off(99_999)))]).discounts).toEqual([2500n, 490n])
  })

  it('takes an amount off every line', () => {
    expect(applyPromotions(basket([mug, tea]), [automatic(promotion(off(500, 'line')))]).discounts).toEqual([500n, 490n])
  })

  it('makes shipping free, goods keep their price', () => {
    expect(applyPromotions(basket([mug]), [automatic(promotion({ kind: 'free-shipping' }))])).toMatchObject({
      discounts: [0n],
      shippingDiscount: 490n,
    })
  })

  it('gives the cheapest of three for nothing, over all lines', () => {
    const threeForTwo = promotion({ kind: 'buy-x-get-y', buy: 2, get: 1, basisPoints: 10_000 })
    expect(applyPromotions(basket([mug, tea]), [automatic(threeForTwo)]).discounts).toEqual([0n, 490n])
    expect(applyPromotions(basket([line('mug', 1250, 5), line('tea', 490, 2)]), [automatic(threeForTwo)]).discounts).toEqual([
      0n,
      980n,
    ])
    expect(applyPromotions(basket([line('mug', 1250, 2)]), [automatic(threeForTwo)]).discounts).toEqual([0n])
  })

  it('gives a saucer at half price with every two mugs', () => {
    const deal = promotion(
      { kind: 'buy-x-get-y', buy: 2, get: 1, basisPoints: 5000, rewardSkus: ['saucer'] },
      { conditions: { skus: ['mug'] } },
    )
    expect(applyPromotions(basket([line('mug', 1250, 5), line('saucer', 501, 4)]), [automatic(deal)]).discounts).toEqual([
      0n,
      501n,
    ])
    expect(applyPromotions(basket([line('saucer', 501, 4)]), [automatic(deal)]).discounts).toEqual([0n])
  })

  it('leaves gift cards at their price', () => {
    const card = line('card', 5000, 1, { giftCard: true })
    expect(applyPromotions(basket([card, tea]), [automatic(promotion(percent(5000)))]).discounts).toEqual([0n, 245n])
    expect(applyPromotions(basket([card]), [coupon('TEN', promotion(percent(1000)))]).refused).toEqual([
      { code: 'TEN', reason: 'no-matching-goods' },
    ])
  })

  it('touches only the goods it names, by SKU or category', () => {
    const cups = line('cup', 1000, 1, { categoryIds: ['kitchen'] })
    const goods = promotion(percent(1000), { conditions: { skus: ['tea'], categoryIds: ['kitchen'] } })
    expect(applyPromotions(basket([mug, tea, cups]), [automatic(goods)]).discounts).toEqual([0n, 49n, 100n])
  })
})

describe('when a code does not apply', () => {
  const reasonOf = (of: Promotion, more: Partial<PromotableBasket> = {}, offer: Partial<Offer> = {}) =>
    applyPromotions(basket([mug, tea], more), [coupon('CODE', of, offer)]).refused[0]?.reason
  const when = (conditions: PromotionConditions) => promotion(percent(1000), { conditions })

  it.each<[string, string, Promotion, Partial<PromotableBasket>?, Partial<Offer>?]>([
    ['before its first day', 'not-started', promotion(percent(1000), { startsAt: day(11) })],
    ['from its last moment on', 'expired', promotion(percent(1000), { endsAt: day(10) })],
    ['when staff switched it off', 'disabled', promotion(percent(1000), { active: false })],
    ['when all uses are gone', 'used-up', promotion(percent(1000), { usageLimit: 3, used: 3 })],
    ['when this customer had it', 'used-by-you', promotion(percent(1000), { customerLimit: 1 }), {}, { usedByCustomer: 1 }],
    ['in another channel', 'wrong-channel', when({ channels: ['wholesale'] })],
    ['in another currency', 'wrong-currency', when({ currency: 'USD' })],
    ['for customers of other groups', 'wrong-customer-group', when({ customerGroups: ['vip'] })],
    ['at a second order', 'first-order-only', when({ firstOrderOnly: true }), { firstOrder: false }],
    ['one cent below the minimum', 'minimum-not-met', when({ currency: 'EUR', minimumSubtotal: 2991 })],
    ['without the goods it is for', 'no-matching-goods', when({ skus: ['pot'] })],
    ['for shipping that is free anyway', 'no-effect', promotion({ kind: 'free-shipping' }), { shipping: 0n }],
  ])('says so %s', (_when, reason, of, more, offer) => {
    expect(reasonOf(of, more, offer)).toBe(reason)
  })

  it('applies exactly at the minimum, and to a first order', () => {
    expect(reasonOf(when({ currency: 'EUR', minimumSubtotal: 2990 }))).toBeUndefined()
    expect(reasonOf(when({ firstOrderOnly: true }), { firstOrder: true })).toBeUndefined()
  })

  it('promises free shipping before the way of shipping is chosen', () => {
    expect(
      applyPromotions(basket([mug], { shipping: null }), [coupon('FREE', promotion({ kind: 'free-shipping' }))]),
    ).toMatchObject({ applied: [{ amount: 0n }], refused: [] })
  })
})

describe('several promotions', () => {
  it('add up, each on what the one before left', () => {
    expect(
      applyPromotions(basket([line('mug', 1000)]), [coupon('A', promotion(percent(5000))), coupon('B', promotion(percent(5000)))])
        .discounts,
    ).toEqual([750n])
  })

  it('an exclusive one stands alone, whichever side it comes from', () => {
    const alone = promotion(percent(2000), { exclusive: true })
    const other = promotion(percent(1000))
    expect(applyPromotions(basket([line('mug', 1000)]), [coupon('ALONE', alone), coupon('OTHER', other)])).toMatchObject({
      discounts: [200n],
      refused: [{ code: 'OTHER', reason: 'not-combinable' }],
    })
    expect(applyPromotions(basket([line('mug', 1000)]), [coupon('OTHER', other), coupon('ALONE', alone)])).toMatchObject({
      discounts: [100n],
      refused: [{ code: 'ALONE', reason: 'not-combinable' }],
    })
    expect(
      applyPromotions(basket([line('mug', 1000)]), [coupon('OTHER', other), coupon('ALONE', { ...alone, priority: 5 })]),
    ).toMatchObject({ discounts: [200n] })
  })

  it('never apply the same promotion twice, not even by two of its codes', () => {
    const one = promotion(percent(1000))
    expect(applyPromotions(basket([line('mug', 1000)]), [coupon('A', one), coupon('B', one)])).toMatchObject({
      discounts: [100n],
      refused: [{ code: 'B', reason: 'already-applied' }],
    })
  })
})

describe('any basket with any promotions', () => {
  const lines = fc.array(
    fc.record({
      sku: fc.constantFrom('a', 'b', 'c', 'd'),
      unitPrice: fc.bigInt({ min: 0n, max: 1_000_000n }),
      quantity: fc.integer({ min: 1, max: 50 }),
      giftCard: fc.boolean(),
      categoryIds: fc.subarray(['x', 'y']),
    }),
    { minLength: 1, maxLength: 8 },
  )
  const action = fc.oneof(
    fc.record({ kind: fc.constant('percent' as const), basisPoints: fc.integer({ min: 1, max: 10_000 }) }),
    fc.record({
      kind: fc.constant('fixed' as const),
      amount: fc.integer({ min: 1, max: 5_000_000 }),
      per: fc.constantFrom('order' as const, 'line' as const),
    }),
    fc.record({ kind: fc.constant('free-shipping' as const) }),
    fc.record({
      kind: fc.constant('buy-x-get-y' as const),
      buy: fc.integer({ min: 1, max: 5 }),
      get: fc.integer({ min: 1, max: 5 }),
      basisPoints: fc.integer({ min: 1, max: 10_000 }),
    }),
    fc.record({
      kind: fc.constant('buy-x-get-y' as const),
      buy: fc.integer({ min: 1, max: 5 }),
      get: fc.integer({ min: 1, max: 5 }),
      basisPoints: fc.integer({ min: 1, max: 10_000 }),
      rewardSkus: fc.constant(['a', 'b']),
    }),
  ) as fc.Arbitrary<PromotionAction>
  const offers = fc.array(
    fc.record({ action, exclusive: fc.boolean(), priority: fc.integer({ min: -1, max: 1 }), skus: fc.subarray(['a', 'b', 'c']), coded: fc.boolean() }),
    { maxLength: 6 },
  ).map((all) => all.map(({ action, exclusive, priority, skus, coded }, index): Offer => {
    const of = promotion(action, { id: `p${index}`, exclusive, priority, conditions: { skus } })
    return coded ? coupon(`C${index}`, of) : automatic(of)
  })) // biome-ignore format: one pipe
  const priced = fc.record({
    lines,
    shipping: fc.bigInt({ min: 0n, max: 10_000n }),
    currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
  })

  it('gets discounts that are never negative, never more than a line, and sum to what the promotions say', () => {
    fc.assert(
      fc.property(priced, offers, (of, given) => {
        const { discounts, shippingDiscount, applied } = applyPromotions(basket(of.lines, of), given)
        for (const [index, discount] of discounts.entries()) {
          const { unitPrice, quantity, giftCard } = of.lines[index]!
          expect(discount >= 0n && discount <= (giftCard ? 0n : unitPrice * BigInt(quantity))).toBe(true)
        }
        expect(shippingDiscount >= 0n && shippingDiscount <= of.shipping).toBe(true)
        const all = discounts.reduce((sum, discount) => sum + discount, shippingDiscount)
        expect(applied.reduce((sum, { amount }) => sum + amount, 0n)).toBe(all)
        if (applied.some(({ offer }) => offer.promotion.exclusive)) expect(applied).toHaveLength(1)
      }),
      { numRuns: 1000 },
    )
  })

  it('costs the same in whatever order the automatic promotions were found', () => {
    fc.assert(
      fc.property(priced, offers, fc.infiniteStream(fc.nat()), (of, given, chance) => {
        const automatics = given.filter(({ coupon: code }) => code === null)
        const shuffled = automatics
          .map((offer) => ({ offer, at: chance.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ offer }) => offer)
        expect(applyPromotions(basket(of.lines, of), shuffled)).toEqual(applyPromotions(basket(of.lines, of), automatics))
      }),
    )
  })
})

describe('codes', () => {
  it('are the same in any case, width and spacing', () => {
    expect(distinctCodes(['SUMMER', 'summer', ' Sum mer ', 'ｓｕｍｍｅｒ', 'sum\u200bmer'])).toEqual(['SUMMER'])
    expect(normalisedCode('a–b')).toBe('A-B')
    expect(distinctCodes(['straße', 'STRASSE'])).toEqual(['STRASSE'])
  })

  it('are letters, digits and dashes', () => {
    expect(['TEN', 'TEN-2026', 'ÄPFEL'].every(isCode)).toBe(true)
    expect(['', 'AB', '-TEN', "x' or 1=1", 'A'.repeat(41)].some(isCode)).toBe(false)
  })

  it('are counted per user, and per e-mail address of guests, however it is written', () => {
    const secret = Buffer.alloc(32)
    expect(customerKeyOf(secret, { customerId: null, email: 'Ann@Example.com ' })).toBe(
      customerKeyOf(secret, { customerId: null, email: 'ann@example.com' }),
    )
    expect(customerKeyOf(secret, { customerId: null, email: 'ann@example.com' })).not.toContain('ann')
    expect(customerKeyOf(secret, { customerId: 'u1', email: 'ann@example.com' })).toBe('user:u1')
    expect(customerKeyOf(secret, { customerId: null, email: null })).toBeNull()
  })
})
