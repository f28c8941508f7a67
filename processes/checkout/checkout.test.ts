import { describe, expect, it } from 'vitest'
import {
  committed,
  confirmed,
  everythingBack,
  order,
  paid,
  planned,
  refused,
  reserved,
  stopped,
  timedOut,
  type Told,
  turnsBack,
  undone,
  whenTold,
} from './checkout.fixture.ts'
import { deadlineSeconds, done, durable, HOLD_SECONDS, result } from './checkout.ts'

describe('a good checkout', () => {
  it('holds the goods, takes the money, then sells, plans the parcel, confirms and closes the cart', () => {
    const { state, all } = whenTold(order(), reserved, paid, committed, planned, confirmed, { type: 'cart-closed' })
    expect(all.map(({ type }) => type)).toEqual([
      'ReserveStock',
      'TakePayment',
      'CommitStock',
      'PlanParcel',
      'ConfirmOrder',
      'CloseCart',
    ])
    expect(state).toEqual({ type: 'confirmed' })
  })

  it('answers the shopper before the cart is closed', () => {
    expect(result(whenTold(order(), reserved, paid, committed, planned, confirmed).state)).toEqual({ outcome: 'confirmed' })
  })

  it('without a cart closes none', () => {
    expect(whenTold(order({ cartId: null }), reserved, paid, committed, planned, confirmed).state).toEqual({ type: 'confirmed' })
  })

  it('asks for no money where gift cards paid everything', () => {
    expect(whenTold(order({ amount: { amount: 0, currency: 'EUR' }, paymentMethodId: null }), reserved).last).toEqual([
      'CommitStock',
    ])
  })

  it('of an imported order touches no stock of today', () => {
    expect(whenTold(order({ importedAt: '2011-01-01T00:00:00Z' }), reserved, paid).all.map(({ type }) => type)).not.toContain(
      'CommitStock',
    )
  })
})

describe('money', () => {
  it('is not asked for when the goods are gone', () => {
    const { state, all } = whenTold(order(), { type: 'stock-refused', missing: [{ sku: 'mug', available: 1 }] })
    expect(all.map(({ type }) => type)).toEqual(['ReserveStock', 'CancelOrder'])
    expect(result(state)).toEqual({
      outcome: 'cancelled',
      reason: 'out-of-stock',
      detail: null,
      missing: [{ sku: 'mug', available: 1 }],
    })
  })

  it('goes back when an interrupted checkout is taken up again after its hold ran out: it may have been taken already', () => {
    const { last } = whenTold(order(), { type: 'stock-expired' })
    expect(last).toEqual(turnsBack)
  })

  it('that is refused ends the checkout, and everything goes back', () => {
    expect(whenTold(order(), reserved, refused).last).toEqual(turnsBack)
    const { state, last } = whenTold(order(), reserved, refused, stopped)
    expect(last).toEqual(everythingBack.slice(1))
    expect(result(state)).toMatchObject({ outcome: 'cancelled', reason: 'payment-failed', detail: 'insufficient funds' })
  })

  it('goes back when the goods could not be kept', () => {
    expect(whenTold(order(), reserved, paid, { type: 'stock-expired' }).last).toEqual(turnsBack)
  })

  it('goes back when the order was cancelled in between', () => {
    const { state, last } = whenTold(order(), reserved, paid, committed, planned, { type: 'order-not-open' })
    expect(last).toEqual(everythingBack)
    expect(state).toMatchObject({ type: 'undoing', ending: { reason: 'customer' } })
  })

  it('that nobody knows about is asked for, for ten minutes, and then given back', () => {
    const waiting: Told[] = [reserved, { type: 'money-pending' }]
    const seconds: number[] = []
    for (let checks = 0; checks < 7; checks += 1) {
      const { state, last } = whenTold(order(), ...waiting, timedOut)
      seconds.push(deadlineSeconds(whenTold(order(), ...waiting).state))
      expect(last).toEqual(['CheckPayment'])
      expect(state.type).toBe('payment-pending')
      waiting.push(timedOut)
    }
    expect(seconds.reduce((a, b) => a + b, 0)).toBeGreaterThan(600)
    expect(whenTold(order(), ...waiting, timedOut)).toMatchObject({
      last: turnsBack,
      state: { ending: { reason: 'payment-timeout' } },
    })
  })
})

describe('waiting for the shopper', () => {
  const open = order({ paymentMethodId: null })

  it('lasts as long as the goods are held', () => {
    const { state } = whenTold(open, reserved)
    expect(result(state)).toEqual({ outcome: 'awaiting-payment' })
    expect(deadlineSeconds(state)).toBe(HOLD_SECONDS)
    expect(whenTold(open, reserved, timedOut)).toMatchObject({
      last: turnsBack,
      state: { ending: { reason: 'payment-timeout' } },
    })
  })

  it('ends with the payment, or with a cancellation', () => {
    expect(whenTold(open, reserved, { type: 'pay-requested', paymentMethodId: 'tok' }).last).toEqual(['TakePayment'])
    expect(whenTold(open, reserved, { type: 'cancel-requested', reason: 'customer' })).toMatchObject({
      last: turnsBack,
      state: { ending: { reason: 'customer' } },
    })
  })

  it('at the bank’s page ends with the money, a refusal or a cancellation', () => {
    const challenged = [reserved, { type: 'challenge', url: 'https://bank' }] as Told[]
    expect(result(whenTold(order(), ...challenged).state)).toEqual({ outcome: 'challenge', url: 'https://bank' })
    expect(whenTold(order(), ...challenged, paid).last).toEqual(['CommitStock'])
    expect(whenTold(order(), ...challenged, refused).last).toEqual(turnsBack)
    expect(whenTold(order(), ...challenged, { type: 'cancel-requested', reason: 'customer' }).last).toEqual(turnsBack)
  })
})

describe('what comes twice or too late', () => {
  it('a payment heard of twice sells the goods once', () => {
    expect(whenTold(order(), reserved, paid, paid).last).toEqual([])
  })

  it('a payment that is done after the checkout has turned back changes nothing: its undo is on its way', () => {
    expect(whenTold(order(), reserved, refused, paid)).toMatchObject({ last: [], state: { type: 'stopping' } })
  })

  it('a request to pay or to cancel a finished order changes nothing', () => {
    const finished = [reserved, paid, committed, planned, confirmed, { type: 'cart-closed' }] as Told[]
    for (const late of [
      { type: 'pay-requested', paymentMethodId: 'x' },
      { type: 'cancel-requested', reason: 'customer' },
      refused,
      timedOut,
    ] as Told[]) {
      expect(whenTold(order(), ...finished, late)).toMatchObject({ last: [], state: { type: 'confirmed' } })
    }
  })

  it('a cancellation while the money is being asked for waits for the answer', () => {
    expect(whenTold(order(), reserved, { type: 'cancel-requested', reason: 'customer' })).toMatchObject({
      last: [],
      state: { type: 'paying' },
    })
  })
})

describe('turning back', () => {
  it('is on disk before its first step, and ends when all steps have answered', () => {
    expect(durable(whenTold(order(), reserved, refused).state)).toBe(true)
    expect(durable(whenTold(order(), reserved, refused, stopped).state)).toBe(true)
    expect(done(whenTold(order(), reserved, refused, stopped, undone, undone).state)).toBe(false)
    expect(whenTold(order(), reserved, refused, stopped, undone, undone, undone).state).toMatchObject({
      type: 'cancelled',
      ending: { reason: 'payment-failed' },
    })
  })

  it('is given up when the parcel has left: an earlier run had the money and the goods, and died before it confirmed', () => {
    const waiting = [reserved, { type: 'money-pending' }, { type: 'cancel-requested', reason: 'customer' }] as Told[]
    const { state, last, all } = whenTold(order(), ...waiting, { type: 'parcel-gone' })
    expect(last).toEqual(['ConfirmOrder'])
    expect(state.type).toBe('confirming')
    expect(all.map(({ type }) => type)).not.toContain('GiveMoneyBack')
    expect(
      whenTold(order(), ...waiting, { type: 'parcel-gone' }, { type: 'order-not-open' }, undone, undone, undone, undone).state
        .type,
    ).toBe('cancelled')
  })

  it('gives the goods back by what was ordered', () => {
    expect(whenTold(order(), reserved, refused, stopped).all).toContainEqual({
      type: 'GiveStockBack',
      orderId: order().orderId,
      lines: [{ sku: 'mug', quantity: 2 }],
      reason: 'payment-failed',
    })
  })
})
