import type { CancelReason } from '#contracts/events/orders.ts'
import type { CancelRequested, CheckoutInput, CheckoutResult, OrderChanged, PayRequested } from '#contracts/processes/checkout.ts'
import type { StockLine } from '#contracts/values.ts'
import type { MoneyJson } from '#kit/core/money.ts'
import type { TimedOut } from '#kit/process/process.ts'

/**
 * The checkout saga: reserve stock → take the money → commit the stock → plan the parcel → confirm. Pure.
 *
 *   reserving → (awaiting-payment) → paying → (challenged | payment-pending) → committing → shipping → confirming → closing → confirmed
 *        └────────────┴───────────────┴───────────────┴─────→ stopping → undoing → cancelled
 *                                                                └→ confirming, if the parcel has left
 *
 * Stock is held before money is asked for, and every way out of a half-finished checkout goes through `stopping`: an
 * earlier run may have come further than is written down, and once the parcel has left there is only one way, forward.
 */
type Order = Pick<
  CheckoutInput,
  | 'orderId'
  | 'channel'
  | 'customerId'
  | 'cartId'
  | 'lines'
  | 'amount'
  | 'capture'
  | 'shippingOptionId'
  | 'importedAt'
  | 'holdSeconds'
> & {
  /** its lines are not those it was placed with */
  readonly changed?: boolean
}
type Ending = { reason: CancelReason; detail: string | null; missing: { sku: string; available: number }[] }

export type CheckoutState =
  | { readonly type: 'reserving'; readonly order: Order; readonly paymentMethodId: string | null }
  | { readonly type: 'awaiting-payment'; readonly order: Order }
  | { readonly type: 'paying'; readonly order: Order }
  | { readonly type: 'challenged'; readonly order: Order; readonly url: string; readonly checks: number }
  | { readonly type: 'payment-pending'; readonly order: Order; readonly checks: number }
  | { readonly type: 'committing'; readonly order: Order }
  | { readonly type: 'shipping'; readonly order: Order }
  | { readonly type: 'confirming'; readonly order: Order }
  | { readonly type: 'completing'; readonly order: Order }
  | { readonly type: 'closing'; readonly order: Order }
  | { readonly type: 'confirmed' }
  | { readonly type: 'stopping'; readonly order: Order; readonly ending: Ending }
  | { readonly type: 'undoing'; readonly order: Order; readonly ending: Ending; readonly left: number }
  | { readonly type: 'cancelled'; readonly ending: Ending }

export type CheckoutCommand =
  | {
      readonly type: 'ReserveStock'
      readonly orderId: string
      readonly channel: string
      readonly lines: readonly StockLine[]
      readonly importedAt: string | null
      readonly holdSeconds: number
    }
  | {
      readonly type: 'TakePayment'
      readonly orderId: string
      readonly amount: MoneyJson
      readonly paymentMethodId: string
      readonly capture: boolean
      readonly customerId: string | null
      readonly importedAt: string | null
    }
  | { readonly type: 'CheckPayment'; readonly orderId: string }
  | { readonly type: 'CommitStock'; readonly orderId: string }
  | {
      readonly type: 'PlanParcel'
      readonly orderId: string
      readonly lines: readonly StockLine[]
      readonly optionId: string
      readonly importedAt: string | null
    }
  | { readonly type: 'ConfirmOrder'; readonly orderId: string; readonly importedAt: string | null; readonly changed?: boolean }
  | { readonly type: 'CompleteImported'; readonly orderId: string; readonly at: string }
  | { readonly type: 'CloseCart'; readonly cartId: string; readonly orderId: string }
  | { readonly type: 'StopParcel'; readonly orderId: string }
  | { readonly type: 'GiveMoneyBack'; readonly orderId: string; readonly reason: string }
  | { readonly type: 'GiveStockBack'; readonly orderId: string; readonly lines: readonly StockLine[]; readonly reason: string }
  | { readonly type: 'CancelOrder'; readonly orderId: string; readonly reason: CancelReason }

export type CheckoutHappening =
  | { readonly type: 'stock-reserved' }
  | { readonly type: 'stock-refused'; readonly missing: { sku: string; available: number }[] }
  | { readonly type: 'money-there' }
  | { readonly type: 'money-refused'; readonly reason: string }
  | { readonly type: 'challenge'; readonly url: string }
  | { readonly type: 'money-pending' }
  | { readonly type: 'stock-committed' }
  | { readonly type: 'stock-expired' }
  | { readonly type: 'parcel-planned' }
  | { readonly type: 'order-confirmed' }
  | { readonly type: 'order-not-open' }
  | { readonly type: 'order-completed' }
  | { readonly type: 'cart-closed' }
  | { readonly type: 'parcel-stopped' }
  | { readonly type: 'parcel-gone' }
  | { readonly type: 'undone' }
  | PayRequested
  | CancelRequested
  | OrderChanged

/** How long stock is held while the shopper decides how to pay, unless the order says otherwise. */
export const HOLD_SECONDS = 900
/** Checks of an unanswered payment: 5, 10, 20, 40 … s apart, about 10 minutes in all, then the money is given back. */
const MAX_CHECKS = 7

type Step = readonly [CheckoutState, readonly CheckoutCommand[]]

export function start(input: CheckoutInput): Step {
  const { paymentMethodId, ...order } = input
  const { orderId, channel, lines, importedAt, holdSeconds = HOLD_SECONDS } = order
  return [
    { type: 'reserving', order, paymentMethodId },
    [{ type: 'ReserveStock', orderId, channel, lines, importedAt, holdSeconds }],
  ]
}

export function react(state: CheckoutState, happening: CheckoutHappening | TimedOut): Step {
  const stay: Step = [state, []]
  switch (state.type) {
    case 'reserving':
      if (happening.type === 'stock-refused') {
        return cancel(state.order, { reason: 'out-of-stock', detail: null, missing: happening.missing }, [])
      }
      // There was a hold, and it is over: an earlier run of this flow may have come as far as the money before it died.
      if (happening.type === 'stock-expired') return giveUp(state.order, 'reservation-expired', null)
      if (happening.type !== 'stock-reserved') return stay
      if (state.order.amount.amount === 0) return commit(state.order)
      return state.paymentMethodId === null
        ? [{ type: 'awaiting-payment', order: state.order }, []]
        : pay(state.order, state.paymentMethodId)

    case 'awaiting-payment':
      if (happening.type === 'pay-requested') return pay(state.order, happening.paymentMethodId)
      if (happening.type === 'order-changed') {
        const { lines, amount } = happening
        return [{ ...state, order: { ...state.order, lines, amount, changed: true } }, []]
      }
      if (happening.type === 'cancel-requested') return giveUp(state.order, happening.reason, null)
      if (happening.type === 'timed-out') return giveUp(state.order, 'payment-timeout', null)
      return stay

    case 'paying':
      if (happening.type === 'challenge') return [{ type: 'challenged', order: state.order, url: happening.url, checks: 0 }, []]
      if (happening.type === 'money-pending') return [{ type: 'payment-pending', order: state.order, checks: 0 }, []]
      return settled(state.order, happening) ?? stay

    case 'challenged':
    case 'payment-pending': {
      if (happening.type === 'cancel-requested') return giveUp(state.order, happening.reason, null)
      if (happening.type === 'timed-out') {
        if (state.checks >= MAX_CHECKS) return giveUp(state.order, 'payment-timeout', null)
        return [{ ...state, checks: state.checks + 1 }, [{ type: 'CheckPayment', orderId: state.order.orderId }]]
      }
      return settled(state.order, happening) ?? stay
    }

    case 'committing':
      if (happening.type === 'stock-committed') return ship(state.order)
      return happening.type === 'stock-expired' ? giveUp(state.order, 'reservation-expired', null) : stay

    case 'shipping':
      return happening.type === 'parcel-planned' ? confirm(state.order) : stay

    case 'confirming':
      // Somebody cancelled meanwhile: everything this checkout took goes back.
      if (happening.type === 'order-not-open') return undo(state.order, cancelledMeanwhile, true)
      if (happening.type !== 'order-confirmed') return stay
      if (state.order.importedAt !== null) {
        const { orderId, importedAt: at } = state.order
        return [{ type: 'completing', order: state.order }, [{ type: 'CompleteImported', orderId, at }]]
      }
      if (state.order.cartId === null) return [{ type: 'confirmed' }, []]
      return [
        { type: 'closing', order: state.order },
        [{ type: 'CloseCart', cartId: state.order.cartId, orderId: state.order.orderId }],
      ]

    case 'completing':
      return happening.type === 'order-completed' ? [{ type: 'confirmed' }, []] : stay

    case 'closing':
      return happening.type === 'cart-closed' ? [{ type: 'confirmed' }, []] : stay

    case 'stopping':
      if (happening.type === 'parcel-gone') return confirm(state.order)
      return happening.type === 'parcel-stopped' ? undo(state.order, state.ending, false) : stay

    case 'undoing':
      if (happening.type !== 'undone' && happening.type !== 'parcel-stopped' && happening.type !== 'parcel-gone') return stay
      return state.left > 1 ? [{ ...state, left: state.left - 1 }, []] : [{ type: 'cancelled', ending: state.ending }, []]

    case 'confirmed':
    case 'cancelled':
      return stay
  }
}

function pay(order: Order, paymentMethodId: string): Step {
  const { orderId, amount, capture, customerId, importedAt } = order
  return [{ type: 'paying', order }, [{ type: 'TakePayment', orderId, amount, paymentMethodId, capture, customerId, importedAt }]]
}

function ship(order: Order): Step {
  const { orderId, lines, shippingOptionId: optionId, importedAt } = order
  return [{ type: 'shipping', order }, [{ type: 'PlanParcel', orderId, lines, optionId, importedAt }]]
}

function confirm(order: Order): Step {
  const { orderId, importedAt, changed } = order
  return [{ type: 'confirming', order }, [{ type: 'ConfirmOrder', orderId, importedAt, ...(changed ? { changed } : {}) }]]
}

/** Goods of an imported order left another shop's shelves long ago: there is no stock of ours to commit and no parcel to plan. */
function commit(order: Order): Step {
  if (order.importedAt !== null) return confirm(order)
  return [{ type: 'committing', order }, [{ type: 'CommitStock', orderId: order.orderId }]]
}

function settled(order: Order, happening: CheckoutHappening | TimedOut): Step | undefined {
  if (happening.type === 'money-there') return commit(order)
  if (happening.type === 'money-refused') return giveUp(order, 'payment-failed', happening.reason)
  return undefined
}

/** Turns back, if the parcel can still be stopped: whoever planned it had the money and the goods. */
function giveUp(order: Order, reason: CancelReason, detail: string | null): Step {
  return [{ type: 'stopping', order, ending: { reason, detail, missing: [] } }, [{ type: 'StopParcel', orderId: order.orderId }]]
}

const cancelledMeanwhile: Ending = { reason: 'customer', detail: null, missing: [] }

/** Undoes in reverse everything that may have happened so far; each part answers "nothing to undo" if it did not. */
function undo(order: Order, ending: Ending, parcelToo: boolean): Step {
  const { orderId, lines } = order
  const { reason } = ending
  return cancel(order, ending, [
    ...(parcelToo ? [{ type: 'StopParcel', orderId } as const] : []),
    { type: 'GiveMoneyBack', orderId, reason },
    { type: 'GiveStockBack', orderId, lines, reason },
  ])
}

function cancel(order: Order, ending: Ending, commands: readonly CheckoutCommand[]): Step {
  const all: CheckoutCommand[] = [...commands, { type: 'CancelOrder', orderId: order.orderId, reason: ending.reason }]
  return [{ type: 'undoing', order, ending, left: all.length }, all]
}

/** What the shopper is told. A flow that turned back answers as soon as it has, the undoing goes on. */
export function result(state: CheckoutState): CheckoutResult | undefined {
  switch (state.type) {
    case 'confirmed':
    case 'completing':
    case 'closing':
      return { outcome: 'confirmed' }
    case 'awaiting-payment':
      return { outcome: 'awaiting-payment' }
    case 'challenged':
      return { outcome: 'challenge', url: state.url }
    case 'payment-pending':
      return { outcome: 'payment-pending' }
    case 'undoing':
    case 'cancelled':
      return { outcome: 'cancelled', ...state.ending }
    default:
      return undefined
  }
}

export function done(state: CheckoutState): boolean {
  return state.type === 'confirmed' || state.type === 'cancelled'
}

export function durable(state: CheckoutState): boolean {
  return state.type === 'stopping' || state.type === 'undoing'
}

export function deadlineSeconds(state: CheckoutState): number {
  switch (state.type) {
    case 'awaiting-payment':
      return state.order.holdSeconds ?? HOLD_SECONDS
    case 'challenged':
    case 'payment-pending':
      return 5 * 2 ** state.checks
    default:
      return 30
  }
}
