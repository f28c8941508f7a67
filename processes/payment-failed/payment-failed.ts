import type { Ended, OrderOnly } from '#contracts/processes/end-checkout.ts'
import type { TimedOut } from '#kit/process/process.ts'

/**
 * A payment failed. A checkout that still waits for it ends (stock back, order cancelled). If the order was confirmed on a promise
 * of money that is now broken, it is taken back while its parcel can be stopped. Pure.
 *
 *   ending-checkout → taking-back → ended
 *         └──────────────────────────→ ended
 */
export type FailedState =
  | { readonly type: 'ending-checkout'; readonly orderId: string }
  | { readonly type: 'taking-back'; readonly orderId: string }
  | { readonly type: 'ended'; readonly outcome: Ended['outcome'] }

export type FailedCommand =
  | { readonly type: 'EndCheckout'; readonly orderId: string }
  | { readonly type: 'TakeOrderBack'; readonly orderId: string }

export type FailedHappening =
  | { readonly type: 'checkout-ended' }
  | { readonly type: 'was-confirmed' }
  | { readonly type: 'nothing-open' }
  | { readonly type: 'taken-back' }
  | { readonly type: 'too-late' }

type Step = readonly [FailedState, readonly FailedCommand[]]

export function start({ orderId }: OrderOnly): Step {
  return [{ type: 'ending-checkout', orderId }, [{ type: 'EndCheckout', orderId }]]
}

export function react(state: FailedState, happening: FailedHappening | TimedOut): Step {
  switch (happening.type) {
    case 'checkout-ended':
    case 'taken-back':
      return [{ type: 'ended', outcome: 'cancelled' }, []]
    case 'nothing-open':
    case 'too-late':
      return [{ type: 'ended', outcome: 'nothing-to-do' }, []]
    case 'was-confirmed':
      if (state.type !== 'ending-checkout') return [state, []]
      return [{ type: 'taking-back', orderId: state.orderId }, [{ type: 'TakeOrderBack', orderId: state.orderId }]]
    case 'timed-out':
      return [state, []]
  }
}

export function result(state: FailedState): Ended | undefined {
  return state.type === 'ended' ? { outcome: state.outcome } : undefined
}
