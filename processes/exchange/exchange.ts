import type { ExchangeInput, ExchangeResult } from '#contracts/processes/exchange.ts'
import type { RefundPart } from '#contracts/processes/return.ts'
import type { TimedOut } from '#kit/process/process.ts'

/**
 * The second half of an exchange: the goods are back, now the customer gets others. Pure.
 *
 *   placing → (refunding the difference) → watching → completing → ended
 *      └──────────────────────────────────────┴→ releasing → refunding → completing → ended
 *
 * The replacement is an order like any other, with a checkout of its own: it may wait for the customer to pay a difference, and
 * it may be cancelled until it leaves. Only when it has left is the exchange done; without it the money goes back.
 */
type Then = 'watch' | 'complete'
type Refunding = {
  readonly returnId: string
  readonly left: readonly RefundPart[]
  readonly then: Then
  readonly attempt: number
}

export type ExchangeState =
  | { readonly type: 'placing'; readonly returnId: string }
  | ({ readonly type: 'refunding' } & Refunding)
  | ({ readonly type: 'refund-pending'; readonly checks: number } & Refunding)
  | ({ readonly type: 'refund-refused' } & Refunding)
  | { readonly type: 'watching'; readonly returnId: string; readonly checks: number }
  | { readonly type: 'releasing'; readonly returnId: string }
  | { readonly type: 'completing'; readonly returnId: string; readonly outcome: ExchangeResult['outcome'] }
  | { readonly type: 'ended'; readonly outcome: ExchangeResult['outcome'] }

export type ExchangeCommand =
  | { readonly type: 'PlaceReplacement'; readonly returnId: string }
  | { readonly type: 'LookAtReplacement'; readonly returnId: string }
  | { readonly type: 'ReleaseCredit'; readonly returnId: string }
  | { readonly type: 'Refund'; readonly part: RefundPart; readonly attempt: number }
  | { readonly type: 'NoteProblem'; readonly returnId: string; readonly problem: string | null }
  | { readonly type: 'Complete'; readonly returnId: string; readonly outcome: ExchangeResult['outcome'] }

export type ExchangeHappening =
  | { readonly type: 'placed'; readonly refunds: readonly RefundPart[] }
  | { readonly type: 'impossible' }
  | { readonly type: 'still-waiting' }
  | { readonly type: 'shipped' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'released'; readonly refunds: readonly RefundPart[] }
  | { readonly type: 'refunded' }
  | { readonly type: 'refund-pending' }
  | { readonly type: 'refund-refused' }
  | { readonly type: 'refund-again' }
  | { readonly type: 'refund-settled' }
  | { readonly type: 'noted' }
  | { readonly type: 'completed' }

type Step = readonly [ExchangeState, readonly ExchangeCommand[]]

export function start({ returnId }: ExchangeInput): Step {
  return [{ type: 'placing', returnId }, [{ type: 'PlaceReplacement', returnId }]]
}

export function react(state: ExchangeState, happening: ExchangeHappening | TimedOut): Step {
  const stay: Step = [state, []]
  switch (state.type) {
    case 'placing':
      if (happening.type === 'impossible') return release(state.returnId)
      return happening.type === 'placed'
        ? refundNext({ returnId: state.returnId, left: happening.refunds, then: 'watch', attempt: 1 })
        : stay

    case 'watching':
      if (happening.type === 'timed-out') return [state, [{ type: 'LookAtReplacement', returnId: state.returnId }]]
      if (happening.type === 'still-waiting') return [{ ...state, checks: state.checks + 1 }, []]
      if (happening.type === 'shipped') return complete(state.returnId, 'replaced')
      return happening.type === 'cancelled' ? release(state.returnId) : stay

    case 'releasing':
      return happening.type === 'released'
        ? refundNext({ returnId: state.returnId, left: happening.refunds, then: 'complete', attempt: 1 })
        : stay

    case 'refunding':
    case 'refund-pending':
      if (happening.type === 'refunded') return refundNext({ ...state, left: state.left.slice(1), attempt: 1 })
      if (happening.type === 'refund-refused') return refused(state)
      if (happening.type === 'refund-pending') {
        return [{ ...state, type: 'refund-pending', checks: state.type === 'refunding' ? 0 : state.checks + 1 }, []]
      }
      return happening.type === 'timed-out' && state.type === 'refund-pending' ? [state, [refund(state)]] : stay

    case 'refund-refused': {
      if (happening.type !== 'refund-again' && happening.type !== 'refund-settled') return stay
      const again = happening.type === 'refund-again'
      const [next, commands] = refundNext(
        again ? { ...state, attempt: state.attempt + 1 } : { ...state, left: state.left.slice(1), attempt: 1 },
      )
      return [next, [{ type: 'NoteProblem', returnId: state.returnId, problem: null }, ...commands]]
    }

    case 'completing':
      return happening.type === 'completed' ? [{ type: 'ended', outcome: state.outcome }, []] : stay

    case 'ended':
      return stay
  }
}

function release(returnId: string): Step {
  return [{ type: 'releasing', returnId }, [{ type: 'ReleaseCredit', returnId }]]
}

function complete(returnId: string, outcome: ExchangeResult['outcome']): Step {
  return [{ type: 'completing', returnId, outcome }, [{ type: 'Complete', returnId, outcome }]]
}

function refundNext({ returnId, left, then, attempt }: Refunding): Step {
  if (left.length > 0) {
    const state = { type: 'refunding', returnId, left, then, attempt } as const
    return [state, [refund(state)]]
  }
  return then === 'complete' ? complete(returnId, 'refunded') : [{ type: 'watching', returnId, checks: 0 }, []]
}

const refund = ({ left, attempt }: Refunding): ExchangeCommand => ({ type: 'Refund', part: left[0]!, attempt })

function refused({ returnId, left, then, attempt }: Refunding): Step {
  const { amount, currency } = left[0]!.amount
  const problem = `a refund of ${amount} ${currency} (minor units) was refused`
  return [{ type: 'refund-refused', returnId, left, then, attempt }, [{ type: 'NoteProblem', returnId, problem }]]
}

export function result(state: ExchangeState): ExchangeResult | undefined {
  return state.type === 'ended' ? { outcome: state.outcome } : undefined
}

export const done = (state: ExchangeState): boolean => state.type === 'ended'
/** There is no way back from giving up the replacement, and another attempt of a refund has another id. */
export const durable = (state: ExchangeState): boolean =>
  state.type === 'releasing' || (state.type === 'refunding' && state.attempt > 1)

export function deadlineSeconds(state: ExchangeState): number {
  switch (state.type) {
    case 'watching':
    case 'refund-pending':
      return Math.min(3600, 5 * 2 ** state.checks)
    case 'refund-refused':
      return 7 * 86_400
    default:
      return 30
  }
}
