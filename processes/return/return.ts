import type {
  GoodsReceived,
  Receipt,
  RefundDecision,
  RefundPart,
  ReturnDecision,
  ReturnInput,
  ReturnResult,
} from '#contracts/processes/return.ts'
import type { StockLine } from '#contracts/values.ts'
import type { TimedOut } from '#kit/process/process.ts'

/**
 * Goods that come back. Pure.
 *
 *   awaiting-approval → labelling → awaiting-goods → recording → refunding → restocking → completing → ended
 *          └→ ended                       └→ closing → ended       ↑ ↓ refund-pending, refund-refused
 *
 * Money goes back before anything else; a refund that is refused waits for a person. Of an exchange only the shelf is done
 * here, the process `exchange` takes over.
 */
type Refunding = {
  readonly input: ReturnInput
  readonly receipt: Receipt
  readonly left: readonly RefundPart[]
  readonly attempt: number
}

type GoodsArrived = { readonly type: 'arrived'; readonly lines: readonly StockLine[] }

export type ReturnState =
  | { readonly type: 'awaiting-approval'; readonly input: ReturnInput }
  | { readonly type: 'labelling'; readonly input: ReturnInput; readonly early: GoodsReceived | GoodsArrived | null }
  | { readonly type: 'awaiting-goods'; readonly input: ReturnInput }
  | { readonly type: 'recording'; readonly input: ReturnInput }
  | { readonly type: 'closing'; readonly input: ReturnInput }
  | ({ readonly type: 'refunding' } & Refunding)
  | ({ readonly type: 'refund-pending'; readonly checks: number } & Refunding)
  | ({ readonly type: 'refund-refused' } & Refunding)
  | { readonly type: 'restocking'; readonly input: ReturnInput }
  | { readonly type: 'completing' }
  | { readonly type: 'ended'; readonly outcome: ReturnResult['outcome'] }

export type ReturnCommand =
  | { readonly type: 'MakeLabel'; readonly returnId: string; readonly orderId: string; readonly lines: readonly StockLine[] }
  | { readonly type: 'RecordReceipt'; readonly returnId: string; readonly lines: readonly StockLine[] }
  | { readonly type: 'CloseReturn'; readonly returnId: string }
  | { readonly type: 'Refund'; readonly part: RefundPart; readonly attempt: number }
  | { readonly type: 'NoteProblem'; readonly returnId: string; readonly problem: string | null }
  | { readonly type: 'Restock'; readonly returnId: string; readonly orderId: string; readonly lines: readonly StockLine[] }
  | { readonly type: 'Complete'; readonly returnId: string }

export type ReturnHappening =
  | ReturnDecision
  | GoodsReceived
  | RefundDecision
  | { readonly type: 'labelled' }
  | GoodsArrived
  | { readonly type: 'closed' }
  | { readonly type: 'refunded' }
  | { readonly type: 'refund-pending' }
  | { readonly type: 'refund-refused' }
  | { readonly type: 'noted' }
  | { readonly type: 'restocked' }
  | { readonly type: 'completed' }

type Step = readonly [ReturnState, readonly ReturnCommand[]]

/** Undecided requests do not end by themselves: the flow only wakes up and goes to sleep again. */
const UNDECIDED_SECONDS = 7 * 86_400

export function start(input: ReturnInput): Step {
  return input.approved ? label(input) : [{ type: 'awaiting-approval', input }, []]
}

export function react(state: ReturnState, happening: ReturnHappening | TimedOut): Step {
  const stay: Step = [state, []]
  switch (state.type) {
    case 'awaiting-approval':
      if (happening.type === 'approved') return label(state.input)
      return happening.type === 'rejected' ? [{ type: 'ended', outcome: 'rejected' }, []] : stay

    case 'labelling':
      // The goods may be here before it is known that their label is made.
      if (happening.type === 'received' || happening.type === 'arrived') return [{ ...state, early: happening }, []]
      if (happening.type !== 'labelled') return stay
      return here(state.input, state.early) ?? [{ type: 'awaiting-goods', input: state.input }, []]

    case 'awaiting-goods':
      if (happening.type === 'timed-out')
        return [{ type: 'closing', input: state.input }, [{ type: 'CloseReturn', returnId: state.input.returnId }]]
      return here(state.input, happening) ?? stay

    case 'recording':
    case 'closing':
      if (happening.type === 'closed') return [{ type: 'ended', outcome: 'closed' }, []]
      return happening.type === 'received' ? received(state.input, happening.receipt) : stay

    case 'refunding':
      if (happening.type === 'refunded') return refundNext({ ...state, left: state.left.slice(1), attempt: 1 })
      if (happening.type === 'refund-pending') return [{ ...state, type: 'refund-pending', checks: 0 }, []]
      if (happening.type === 'refund-refused') return refused(state)
      return stay

    case 'refund-pending':
      if (happening.type === 'refunded') return refundNext({ ...state, left: state.left.slice(1), attempt: 1 })
      if (happening.type === 'refund-refused') return refused(state)
      if (happening.type === 'refund-pending') return [{ ...state, checks: state.checks + 1 }, []]
      return happening.type === 'timed-out' ? [state, [refund(state)]] : stay

    case 'refund-refused': {
      const problemSolved: ReturnCommand = { type: 'NoteProblem', returnId: state.input.returnId, problem: null }
      if (happening.type === 'refund-again') {
        const [next, commands] = refundNext({ ...state, attempt: state.attempt + 1 })
        return [next, [problemSolved, ...commands]]
      }
      if (happening.type !== 'refund-settled') return stay
      const [next, commands] = refundNext({ ...state, left: state.left.slice(1), attempt: 1 })
      return [next, [problemSolved, ...commands]]
    }

    case 'restocking':
      if (happening.type !== 'restocked') return stay
      if (state.input.kind === 'exchange') return [{ type: 'ended', outcome: 'exchanging' }, []]
      return [{ type: 'completing' }, [{ type: 'Complete', returnId: state.input.returnId }]]

    case 'completing':
      return happening.type === 'completed' ? [{ type: 'ended', outcome: 'refunded' }, []] : stay

    case 'ended':
      return stay
  }
}

function label(input: ReturnInput): Step {
  const { returnId, orderId, lines } = input
  return [{ type: 'labelling', input, early: null }, [{ type: 'MakeLabel', returnId, orderId, lines }]]
}

function here(input: ReturnInput, happening: ReturnHappening | TimedOut | null): Step | undefined {
  if (happening?.type === 'received') return received(input, happening.receipt)
  if (happening?.type !== 'arrived') return undefined
  return [{ type: 'recording', input }, [{ type: 'RecordReceipt', returnId: input.returnId, lines: happening.lines }]]
}

function received(input: ReturnInput, receipt: Receipt): Step {
  const left = input.kind === 'exchange' ? [] : receipt.refunds
  return refundNext({ input, receipt, left, attempt: 1 })
}

function refundNext({ input, receipt, left, attempt }: Refunding): Step {
  if (left.length > 0) {
    const state = { type: 'refunding', input, receipt, left, attempt } as const
    return [state, [refund(state)]]
  }
  const { returnId, orderId } = input
  return [{ type: 'restocking', input }, [{ type: 'Restock', returnId, orderId, lines: receipt.restock }]]
}

const refund = ({ left, attempt }: Refunding): ReturnCommand => ({ type: 'Refund', part: left[0]!, attempt })

function refused(state: Refunding): Step {
  const { input, receipt, left, attempt } = state
  const problem = `a refund of ${left[0]!.amount.amount} ${left[0]!.amount.currency} (minor units) was refused`
  return [{ type: 'refund-refused', input, receipt, left, attempt }, [{ type: 'NoteProblem', returnId: input.returnId, problem }]]
}

export function result(state: ReturnState): ReturnResult | undefined {
  return state.type === 'ended' ? { outcome: state.outcome } : undefined
}

export const done = (state: ReturnState): boolean => state.type === 'ended'
/** Another attempt has another refund id: it must be on disk before the money is asked for. */
export const durable = (state: ReturnState): boolean => state.type === 'refunding' && state.attempt > 1

export function deadlineSeconds(state: ReturnState): number {
  switch (state.type) {
    case 'awaiting-approval':
    case 'refund-refused':
      return UNDECIDED_SECONDS
    case 'awaiting-goods':
      return state.input.sendWithinSeconds
    case 'refund-pending':
      return Math.min(3600, 5 * 2 ** state.checks)
    default:
      return 30
  }
}
