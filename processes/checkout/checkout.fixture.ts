import type { CheckoutInput } from '#contracts/processes/checkout.ts'
import { type CheckoutCommand, type CheckoutHappening, type CheckoutState, react, start } from './checkout.ts'

/** What a checkout is started with. */
export const order = (more: Partial<CheckoutInput> = {}): CheckoutInput => ({
  orderId: '0190a000-0000-7000-8000-000000000001',
  channel: 'web',
  customerId: null,
  cartId: '0190a000-0000-7000-8000-000000000002',
  lines: [{ sku: 'mug', quantity: 2 }],
  amount: { amount: 1990, currency: 'EUR' },
  paymentMethodId: 'tok_approve',
  capture: true,
  shippingOptionId: 'standard',
  importedAt: null,
  ...more,
})
export type Told = CheckoutHappening | { readonly type: 'timed-out' }

/** What the checkout orders, and where it stands, after it was told all this. */
export function whenTold(
  input: CheckoutInput,
  ...happenings: Told[]
): { state: CheckoutState; last: string[]; all: CheckoutCommand[] } {
  let [state, commands] = start(input)
  const all = [...commands]
  for (const happening of happenings) {
    ;[state, commands] = react(state, happening)
    all.push(...commands)
  }
  return { state, last: commands.map(({ type }) => type), all }
}

export const reserved: Told = { type: 'stock-reserved' }
export const paid: Told = { type: 'money-there' }
export const refused: Told = { type: 'money-refused', reason: 'insufficient funds' }
export const committed: Told = { type: 'stock-committed' }
export const planned: Told = { type: 'parcel-planned' }
export const confirmed: Told = { type: 'order-confirmed' }
export const timedOut: Told = { type: 'timed-out' }
export const undone: Told = { type: 'undone' }
export const stopped: CheckoutHappening = { type: 'parcel-stopped' }
/** The parcel decides, then the rest follows. */
export const turnsBack = ['StopParcel']
export const everythingBack = ['StopParcel', 'GiveMoneyBack', 'GiveStockBack', 'CancelOrder']
