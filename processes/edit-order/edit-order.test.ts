import { describe, expect, it } from 'vitest'
import type { EditOrderInput } from '#contracts/processes/edit-order.ts'
import { deadlineSeconds, done, durable, type EditHappening, react, result, start } from './edit-order.ts'

const orderId = '0190a000-0000-7000-8000-000000000001'
const editId = '0190a000-0000-7000-8000-000000000002'
const mugs = (quantity: number) => [{ sku: 'mug', quantity }]
const edit: EditOrderInput = {
  editId,
  orderId,
  customerId: null,
  unpaid: false,
  stock: { before: mugs(1), most: mugs(3), after: mugs(3) },
  surcharge: { amount: 2500, currency: 'EUR' },
  paymentMethodId: 'tok',
  payWithinSeconds: 60,
}
const part = { refundId: editId, orderId, amount: { amount: 100, currency: 'EUR' } }
type Told = EditHappening | { readonly type: 'timed-out' }
const set: Told = { type: 'stock-set' }
const paid: Told = { type: 'money-there' }
const replaced: Told = { type: 'parcel-replaced' }
const applied: Told = { type: 'edit-applied', refunds: [] }

function whenTold(input: EditOrderInput, ...happenings: Told[]) {
  let [state, commands] = start(input)
  for (const happening of happenings) [state, commands] = react(state, happening)
  return { state, commands: commands.map(({ type }) => type), whole: commands }
}

describe('changing an order', () => {
  it('takes goods, money and parcel in this order, and gives back last', () => {
    expect(whenTold(edit).whole).toEqual([{ type: 'SetStock', orderId, lines: mugs(3) }])
    expect(whenTold(edit, set).commands).toEqual(['TakeSurcharge'])
    expect(whenTold(edit, set, paid).commands).toEqual(['ReplaceParcel'])
    expect(whenTold(edit, set, paid, replaced).commands).toEqual(['ApplyEdit'])
    expect(whenTold(edit, set, paid, replaced, applied).commands).toEqual(['SetStock'])
    const { state } = whenTold(edit, set, paid, replaced, applied, set)
    expect([done(state), result(state)]).toEqual([true, { outcome: 'applied' }])
  })

  it('gives the money back that is too much, part by part', () => {
    const less = { ...edit, surcharge: null }
    const refunds = { type: 'edit-applied', refunds: [part, part] } as const
    expect(whenTold(less, set, replaced, refunds, set).commands).toEqual(['Refund'])
    expect(whenTold(less, set, replaced, refunds, set, { type: 'refunded' }).commands).toEqual(['Refund'])
    expect(whenTold(less, set, replaced, refunds, set, { type: 'refunded' }, { type: 'refunded' }).state.type).toBe('applied')
    expect(whenTold(less, set, replaced, refunds, set, { type: 'refund-pending' }, { type: 'timed-out' }).commands).toEqual([
      'Refund',
    ])
    expect(whenTold(less, set, replaced, refunds, set, { type: 'refund-refused' }).commands).toEqual(['NoteProblem'])
  })

  it.each([
    ['the card is refused', [set, { type: 'money-refused', reason: 'no' }], 'payment-refused'],
    ['the parcel has left', [set, paid, { type: 'parcel-gone' }], 'dispatched'],
    ['the order was cancelled', [set, paid, { type: 'order-stopped' }], 'moved-on'],
    ['the order moved on', [set, paid, replaced, { type: 'moved-on' }], 'moved-on'],
  ] as [string, Told[], string][])('undoes everything when %s', (_, told, reason) => {
    const { state, commands, whole } = whenTold(edit, ...told)
    expect(commands).toEqual(['GiveSurchargeBack', 'GiveStockBack', 'RefuseEdit'])
    expect(whole).toContainEqual({ type: 'GiveStockBack', orderId, lines: mugs(1) })
    expect([durable(state), result(state)]).toEqual([true, { outcome: 'refused', reason, missing: [] }])
  })

  it('gives nothing back where nothing was taken', () => {
    const missing = [{ sku: 'mug', available: 1 }]
    expect(whenTold(edit, { type: 'stock-refused', missing }).commands).toEqual(['RefuseEdit'])
    expect(whenTold(edit, { type: 'stock-gone' }).commands).toEqual(['RefuseEdit'])
  })

  it('waits for its payment, for a while', () => {
    const later = { ...edit, paymentMethodId: null }
    expect(result(whenTold(later, set).state)).toEqual({ outcome: 'awaiting-payment' })
    expect(deadlineSeconds(whenTold(later, set).state)).toBe(60)
    expect(whenTold(later, set, { type: 'pay-requested', paymentMethodId: 'tok' }).commands).toEqual(['TakeSurcharge'])
    expect(result(whenTold(later, set, { type: 'withdraw-requested' }).state)).toMatchObject({ reason: 'withdrawn' })
    expect(result(whenTold(later, set, { type: 'timed-out' }).state)).toMatchObject({ reason: 'payment-timeout' })
  })

  it('asks a silent bank again, and gives up at last', () => {
    const told: Told[] = [set, { type: 'money-pending' }]
    expect(whenTold(edit, ...told, { type: 'timed-out' }).commands).toEqual(['CheckSurcharge'])
    const silent = Array.from({ length: 8 }, (): Told => ({ type: 'timed-out' }))
    expect(result(whenTold(edit, ...told, ...silent).state)).toMatchObject({ outcome: 'refused', reason: 'payment-timeout' })
    expect(whenTold(edit, set, { type: 'challenge', url: 'https://bank.test' }, paid).commands).toEqual(['ReplaceParcel'])
  })

  it('needs neither money nor parcel while the order waits for its payment, nor goods for an address', () => {
    const unpaid = { ...edit, unpaid: true, surcharge: null }
    expect(whenTold(unpaid, set).commands).toEqual(['ApplyEdit'])
    const elsewhere = { ...edit, stock: null, surcharge: null }
    expect(whenTold(elsewhere).commands).toEqual(['ReplaceParcel'])
    expect(whenTold(elsewhere, replaced, applied).state.type).toBe('applied')
  })

  it('is not moved by what comes twice, too late or out of turn', () => {
    expect(whenTold(edit, paid).state.type).toBe('taking-stock')
    expect(whenTold(edit, set, paid, paid).state.type).toBe('replacing-parcel')
    expect(whenTold(edit, set, paid, replaced, applied, set, paid, { type: 'withdraw-requested' }).commands).toEqual([])
    expect(whenTold(edit, set, { type: 'money-refused', reason: 'no' }, paid).state.type).toBe('undoing')
  })
})
