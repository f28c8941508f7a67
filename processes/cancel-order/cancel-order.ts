import type { CancelReason } from '#contracts/events/orders.ts'
import type { CancelOrderInput, CancelOrderResult } from '#contracts/processes/cancel-order.ts'
import type { StockLine } from '#contracts/values.ts'
import type { TimedOut } from '#kit/process/process.ts'

/**
 * Taking a confirmed order back. The parcel decides: while it can be stopped, everything else follows; once it has left, the
 * order can only be returned. Pure.
 *
 *   stopping → giving-back → cancelled
 *       └→ too-late
 */
export type CancelState =
  | { readonly type: 'stopping'; readonly order: CancelOrderInput }
  | { readonly type: 'giving-back'; readonly left: number }
  | { readonly type: 'cancelled' }
  | { readonly type: 'too-late' }

export type CancelCommand =
  | { readonly type: 'StopParcel'; readonly orderId: string }
  | { readonly type: 'GiveMoneyBack'; readonly orderId: string; readonly reason: CancelReason }
  | {
      readonly type: 'GiveStockBack'
      readonly orderId: string
      readonly lines: readonly StockLine[]
      readonly reason: CancelReason
    }
  | { readonly type: 'CancelOrder'; readonly orderId: string; readonly reason: CancelReason }

export type CancelHappening =
  | { readonly type: 'parcel-stopped' }
  | { readonly type: 'parcel-gone' }
  | { readonly type: 'given-back' }

type Step = readonly [CancelState, readonly CancelCommand[]]

export function start(order: CancelOrderInput): Step {
  return [{ type: 'stopping', order }, [{ type: 'StopParcel', orderId: order.orderId }]]
}

export function react(state: CancelState, happening: CancelHappening | TimedOut): Step {
  const stay: Step = [state, []]
  switch (state.type) {
    case 'stopping': {
      if (happening.type === 'parcel-gone') return [{ type: 'too-late' }, []]
      if (happening.type !== 'parcel-stopped') return stay
      const { orderId, reason, lines, surcharges = [] } = state.order
      const commands: CancelCommand[] = [
        { type: 'GiveMoneyBack', orderId, reason },
        ...surcharges.map((paidUnder) => ({ type: 'GiveMoneyBack', orderId: paidUnder, reason }) as const),
        { type: 'GiveStockBack', orderId, lines, reason },
        { type: 'CancelOrder', orderId, reason },
      ]
      return [{ type: 'giving-back', left: commands.length }, commands]
    }
    case 'giving-back':
      if (happening.type !== 'given-back') return stay
      return state.left > 1 ? [{ ...state, left: state.left - 1 }, []] : [{ type: 'cancelled' }, []]
    case 'cancelled':
    case 'too-late':
      return stay
  }
}

export function result(state: CancelState): CancelOrderResult | undefined {
  return state.type === 'cancelled' || state.type === 'too-late' ? { outcome: state.type } : undefined
}

export const done = (state: CancelState): boolean => state.type === 'cancelled' || state.type === 'too-late'
/** Once the parcel is stopped there is no way back. */
export const durable = (state: CancelState): boolean => state.type === 'giving-back'
export const deadlineSeconds = (): number => 30
