import type {
  EditOrderInput,
  EditOrderResult,
  EditPayRequested,
  EditRefusal,
  EditWithdrawn,
} from '#contracts/processes/edit-order.ts'
import type { RefundPart } from '#contracts/processes/return.ts'
import type { StockLine } from '#contracts/values.ts'
import type { MoneyJson } from '#kit/core/money.ts'
import type { TimedOut } from '#kit/process/process.ts'

/**
 * Changing an order that was placed. What is needed more is taken first, what is needed less goes back last, so turning back only ever
 * gives back, which cannot fail. The parcel decides: once it is replaced there is no way back. Pure.
 *
 *   taking-stock → (awaiting-payment) → paying → (challenged | payment-pending) → replacing-parcel → applying → giving-stock → refunding → applied
 *        └──────────────┴───────────────────┴──────────────────┴────────────────────────┴──────────────┴──→ undoing → refused
 */
export type EditState =
  | { readonly type: 'taking-stock'; readonly edit: EditOrderInput }
  | { readonly type: 'awaiting-payment'; readonly edit: EditOrderInput }
  | { readonly type: 'paying'; readonly edit: EditOrderInput }
  | { readonly type: 'challenged'; readonly edit: EditOrderInput; readonly url: string; readonly checks: number }
  | { readonly type: 'payment-pending'; readonly edit: EditOrderInput; readonly checks: number }
  | { readonly type: 'replacing-parcel'; readonly edit: EditOrderInput }
  | { readonly type: 'applying'; readonly edit: EditOrderInput }
  | { readonly type: 'giving-stock'; readonly edit: EditOrderInput; readonly refunds: readonly RefundPart[] }
  | ({ readonly type: 'refunding' } & Refunding)
  | ({ readonly type: 'refund-pending'; readonly checks: number } & Refunding)
  | ({ readonly type: 'refund-refused' } & Refunding)
  | { readonly type: 'applied' }
  | { readonly type: 'undoing'; readonly ending: Ending; readonly left: number }
  | { readonly type: 'refused'; readonly ending: Ending }

interface Refunding {
  readonly editId: string
  readonly left: readonly RefundPart[]
}
interface Ending {
  readonly reason: EditRefusal
  readonly missing: readonly { readonly sku: string; readonly available: number }[]
}

export type EditCommand =
  | { readonly type: 'SetStock'; readonly orderId: string; readonly lines: readonly StockLine[] }
  | {
      readonly type: 'TakeSurcharge'
      readonly editId: string
      readonly amount: MoneyJson
      readonly paymentMethodId: string
      readonly customerId: string | null
    }
  | { readonly type: 'CheckSurcharge'; readonly editId: string }
  | { readonly type: 'ReplaceParcel'; readonly orderId: string; readonly editId: string }
  | { readonly type: 'ApplyEdit'; readonly editId: string }
  | { readonly type: 'Refund'; readonly part: RefundPart }
  | { readonly type: 'NoteProblem'; readonly editId: string; readonly problem: string }
  | { readonly type: 'GiveSurchargeBack'; readonly editId: string; readonly reason: string }
  | { readonly type: 'GiveStockBack'; readonly orderId: string; readonly lines: readonly StockLine[] }
  | { readonly type: 'RefuseEdit'; readonly editId: string; readonly reason: EditRefusal }

export type EditHappening =
  | { readonly type: 'stock-set' }
  | { readonly type: 'stock-refused'; readonly missing: { sku: string; available: number }[] }
  | { readonly type: 'stock-gone' }
  | { readonly type: 'money-there' }
  | { readonly type: 'money-refused'; readonly reason: string }
  | { readonly type: 'challenge'; readonly url: string }
  | { readonly type: 'money-pending' }
  | { readonly type: 'parcel-replaced' }
  | { readonly type: 'parcel-gone' }
  | { readonly type: 'order-stopped' }
  | { readonly type: 'edit-applied'; readonly refunds: readonly RefundPart[] }
  | { readonly type: 'moved-on' }
  | { readonly type: 'refunded' }
  | { readonly type: 'refund-pending' }
  | { readonly type: 'refund-refused' }
  | { readonly type: 'noted' }
  | { readonly type: 'undone' }
  | EditPayRequested
  | EditWithdrawn

/** Checks of an unanswered payment: 5, 10, 20 … s apart, about ten minutes in all. */
const MAX_CHECKS = 7

type Step = readonly [EditState, readonly EditCommand[]]

export function start(edit: EditOrderInput): Step {
  if (!edit.stock) return stockThere(edit)
  return [{ type: 'taking-stock', edit }, [{ type: 'SetStock', orderId: edit.orderId, lines: edit.stock.most }]]
}

export function react(state: EditState, happening: EditHappening | TimedOut): Step {
  const stay: Step = [state, []]
  switch (state.type) {
    case 'taking-stock':
      if (happening.type === 'stock-refused') return refuse(state.edit, 'out-of-stock', [], happening.missing)
      if (happening.type === 'stock-gone') return refuse(state.edit, 'moved-on', [])
      return happening.type === 'stock-set' ? stockThere(state.edit) : stay

    case 'awaiting-payment':
      if (happening.type === 'pay-requested') return pay(state.edit, happening.paymentMethodId)
      if (happening.type === 'withdraw-requested') return turnBack(state.edit, 'withdrawn')
      return happening.type === 'timed-out' ? turnBack(state.edit, 'payment-timeout') : stay

    case 'paying':
      if (happening.type === 'challenge') return [{ type: 'challenged', edit: state.edit, url: happening.url, checks: 0 }, []]
      if (happening.type === 'money-pending') return [{ type: 'payment-pending', edit: state.edit, checks: 0 }, []]
      return settled(state.edit, happening) ?? stay

    case 'challenged':
    case 'payment-pending':
      if (happening.type === 'withdraw-requested') return turnBack(state.edit, 'withdrawn')
      if (happening.type === 'timed-out') {
        if (state.checks >= MAX_CHECKS) return turnBack(state.edit, 'payment-timeout')
        return [{ ...state, checks: state.checks + 1 }, [{ type: 'CheckSurcharge', editId: state.edit.editId }]]
      }
      return settled(state.edit, happening) ?? stay

    case 'replacing-parcel':
      if (happening.type === 'parcel-gone') return turnBack(state.edit, 'dispatched')
      if (happening.type === 'order-stopped') return turnBack(state.edit, 'moved-on')
      return happening.type === 'parcel-replaced' ? apply(state.edit) : stay

    case 'applying':
      if (happening.type === 'moved-on') return turnBack(state.edit, 'moved-on')
      return happening.type === 'edit-applied' ? giveStock(state.edit, happening.refunds) : stay

    case 'giving-stock':
      // Gone with the order meanwhile, or given back: either way nothing of it is held for nothing.
      if (happening.type !== 'stock-set' && happening.type !== 'stock-gone') return stay
      return refundNext({ editId: state.edit.editId, left: state.refunds })

    case 'refunding':
    case 'refund-pending':
      if (happening.type === 'refunded') return refundNext({ editId: state.editId, left: state.left.slice(1) })
      if (happening.type === 'refund-refused') return refundRefused(state)
      if (happening.type === 'refund-pending')
        return [{ ...state, type: 'refund-pending', checks: state.type === 'refunding' ? 0 : state.checks + 1 }, []]
      return happening.type === 'timed-out' && state.type === 'refund-pending'
        ? [state, [{ type: 'Refund', part: state.left[0]! }]]
        : stay

    case 'refund-refused':
      // A person looks at it; the other parts still go back.
      return happening.type === 'noted' ? refundNext({ editId: state.editId, left: state.left.slice(1) }) : stay

    case 'undoing':
      if (happening.type !== 'undone') return stay
      return state.left > 1 ? [{ ...state, left: state.left - 1 }, []] : [{ type: 'refused', ending: state.ending }, []]

    case 'applied':
    case 'refused':
      return stay
  }
}

function stockThere(edit: EditOrderInput): Step {
  if (!edit.surcharge) return replaceParcel(edit)
  return edit.paymentMethodId === null ? [{ type: 'awaiting-payment', edit }, []] : pay(edit, edit.paymentMethodId)
}

function pay(edit: EditOrderInput, paymentMethodId: string): Step {
  const { editId, customerId, surcharge } = edit
  return [{ type: 'paying', edit }, [{ type: 'TakeSurcharge', editId, amount: surcharge!, paymentMethodId, customerId }]]
}

function settled(edit: EditOrderInput, happening: EditHappening | TimedOut): Step | undefined {
  if (happening.type === 'money-there') return replaceParcel(edit)
  return happening.type === 'money-refused' ? turnBack(edit, 'payment-refused') : undefined
}

function replaceParcel(edit: EditOrderInput): Step {
  const { orderId, editId } = edit
  return edit.unpaid ? apply(edit) : [{ type: 'replacing-parcel', edit }, [{ type: 'ReplaceParcel', orderId, editId }]]
}

function apply(edit: EditOrderInput): Step {
  return [{ type: 'applying', edit }, [{ type: 'ApplyEdit', editId: edit.editId }]]
}

function giveStock(edit: EditOrderInput, refunds: readonly RefundPart[]): Step {
  if (!edit.stock) return refundNext({ editId: edit.editId, left: refunds })
  return [{ type: 'giving-stock', edit, refunds }, [{ type: 'SetStock', orderId: edit.orderId, lines: edit.stock.after }]]
}

function refundNext({ editId, left }: Refunding): Step {
  if (left.length === 0) return [{ type: 'applied' }, []]
  return [{ type: 'refunding', editId, left }, [{ type: 'Refund', part: left[0]! }]]
}

function refundRefused({ editId, left }: Refunding): Step {
  const { amount, currency } = left[0]!.amount
  const problem = `a refund of ${amount} ${currency} (minor units) was refused`
  return [{ type: 'refund-refused', editId, left }, [{ type: 'NoteProblem', editId, problem }]]
}

/** Everything this change took goes back, the money too, however far its payment has come. */
function turnBack(edit: EditOrderInput, reason: EditRefusal): Step {
  const { orderId, editId, stock, surcharge } = edit
  const commands: EditCommand[] = [
    ...(surcharge ? [{ type: 'GiveSurchargeBack', editId, reason } as const] : []),
    ...(stock ? [{ type: 'GiveStockBack', orderId, lines: stock.before } as const] : []),
  ]
  return refuse(edit, reason, commands)
}

function refuse(
  { editId }: EditOrderInput,
  reason: EditRefusal,
  commands: readonly EditCommand[],
  missing: Ending['missing'] = [],
): Step {
  const all: EditCommand[] = [...commands, { type: 'RefuseEdit', editId, reason }]
  return [{ type: 'undoing', ending: { reason, missing }, left: all.length }, all]
}

/** What staff is told. A change that turned back answers as soon as it has, the undoing goes on. */
export function result(state: EditState): EditOrderResult | undefined {
  switch (state.type) {
    case 'applied':
    case 'giving-stock':
    case 'refunding':
    case 'refund-pending':
    case 'refund-refused':
      return { outcome: 'applied' }
    case 'awaiting-payment':
    case 'payment-pending':
      return { outcome: state.type }
    case 'challenged':
      return { outcome: 'challenge', url: state.url }
    case 'undoing':
    case 'refused':
      return { outcome: 'refused', reason: state.ending.reason, missing: [...state.ending.missing] }
    default:
      return undefined
  }
}

export const done = (state: EditState): boolean => state.type === 'applied' || state.type === 'refused'
/** Turning back must be on disk before it begins, and so must the parcel's being replaced: from there it only goes on. */
export const durable = (state: EditState): boolean => state.type === 'undoing' || state.type === 'applying'

export function deadlineSeconds(state: EditState): number {
  switch (state.type) {
    case 'awaiting-payment':
      return state.edit.payWithinSeconds
    case 'challenged':
    case 'payment-pending':
    case 'refund-pending':
      return Math.min(3600, 5 * 2 ** state.checks)
    default:
      return 30
  }
}
