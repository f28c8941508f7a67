import type { Ended, OrderOnly } from '#contracts/processes/end-checkout.ts'
import type { TimedOut } from '#kit/process/process.ts'

/** A hold ran out: the checkout that waited for the money is told to end. An order that was paid meanwhile is left alone. Pure. */
export type ExpireState = { readonly type: 'ending' } | { readonly type: 'ended'; readonly outcome: Ended['outcome'] }
export type ExpireCommand = { readonly type: 'EndCheckout'; readonly orderId: string }
export type ExpireHappening = { readonly type: 'checkout-ended' } | { readonly type: 'checkout-was-over' }

type Step = readonly [ExpireState, readonly ExpireCommand[]]

export function start({ orderId }: OrderOnly): Step {
  return [{ type: 'ending' }, [{ type: 'EndCheckout', orderId }]]
}

export function react(state: ExpireState, happening: ExpireHappening | TimedOut): Step {
  if (state.type === 'ended' || happening.type === 'timed-out') return [state, []]
  return [{ type: 'ended', outcome: happening.type === 'checkout-ended' ? 'cancelled' : 'nothing-to-do' }, []]
}

export function result(state: ExpireState): Ended | undefined {
  return state.type === 'ended' ? { outcome: state.outcome } : undefined
}
