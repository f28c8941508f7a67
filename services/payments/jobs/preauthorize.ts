import { DomainError } from '#kit/core/errors.ts'
import { authorizePayment } from '../commands/authorize-payment.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'

const BATCH = 50

interface Due {
  readonly orderId: string
  readonly customerId: string
  readonly currency: string
  readonly amount: bigint
  /** the customer's default method, if the shop may charge it without them */
  readonly methodId: string | null
  /** money of this order was asked for, or is unwanted */
  readonly needless: boolean
}

/**
 * Sets the money of orders aside that nobody else asked for in time. It asks as attempt 1, exactly as the checkout does, so whoever
 * stores that row first is the only one who ever reaches a gateway (UNIQUE (order_id, attempt)). Claimed with a lease: a run that dies is repeated.
 */
export async function preauthorize(deps: Deps, signal: AbortSignal): Promise<void> {
  for (const due of await claim(deps)) {
    if (signal.aborted) return
    const state = due.needless || due.methodId === null ? 'not-needed' : await ask(deps, due, due.methodId)
    await deps.db.sql`update preauthorizations set state = ${state} where order_id = ${due.orderId} and state = 'due'`
  }
}

async function claim({ db: { sql } }: Deps): Promise<readonly Due[]> {
  return await sql<Due[]>`
    with due as (
      update preauthorizations a set due_at = now() + interval '1 minute'
       where a.order_id in (select o.order_id from preauthorizations o where o.state = 'due' and o.due_at <= now()
                             order by o.due_at limit ${BATCH} for update skip locked)
      returning a.*
    )
    select d.order_id as "orderId", d.customer_id as "customerId", d.currency, d.amount,
           (select m.id from payment_methods m where m.user_id = d.customer_id and m.is_default and m.merchant_initiated) as "methodId",
           exists (select from payments p where p.order_id = d.order_id) or exists (select from order_undos u where u.order_id = d.order_id) as needless
      from due d`
}

async function ask(deps: Deps, { orderId, customerId, currency, amount }: Due, methodId: string): Promise<'done' | 'not-needed'> {
  try {
    await authorizePayment(deps, {
      orderId,
      attempt: 1,
      amount: { amount: Number(amount), currency },
      paymentMethodId: methodId,
      capture: false,
      customerId,
    })
    return 'done'
  } catch (error) {
    // the checkout came first, with another means of payment
    if (error instanceof DomainError && error.code === errors.attemptDiffers().code) return 'not-needed'
    throw error
  }
}
