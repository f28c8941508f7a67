import type { PaymentMethodKind } from '#contracts/events/payments.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { isUniqueViolation } from '#kit/db/pg-errors.ts'
import { errors } from '../errors.ts'

export interface SavedMethod {
  readonly id: string
  readonly kind: Extract<PaymentMethodKind, 'card' | 'upi' | 'net-banking' | 'wallet'>
  readonly gateway: string
  readonly label: string
  readonly brand: string | null
  readonly last4: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly isDefault: boolean
  readonly merchantInitiated: boolean
  readonly version: number
  readonly createdAt: Date
}

export type NewMethod = Omit<SavedMethod, 'id' | 'version' | 'createdAt'> & { token: string }

const columns = (
  sql: Query,
) => sql`m.id, m.kind, m.gateway, m.label, m.brand, m.last4, m.exp_month as "expMonth", m.exp_year as "expYear",
  m.is_default as "isDefault", m.merchant_initiated as "merchantInitiated", m.version, m.created_at as "createdAt"`

/** The methods of a user, the default one first. */
export async function methodsOf(sql: Query, userId: string): Promise<SavedMethod[]> {
  return sql<
    SavedMethod[]
  >`select ${columns(sql)} from payment_methods m where m.user_id = ${userId} order by m.is_default desc, m.created_at desc limit 100`
}

/** Saves a gateway's token; the first method of a user is the default. Throws errors.methodExists. */
export async function saveMethod(tx: Tx, userId: string, method: NewMethod): Promise<SavedMethod> {
  await oneAfterTheOther(tx, userId)
  if (method.isDefault) await dropDefault(tx, userId)
  try {
    const [saved] = await tx.savepoint(
      (sql) => sql<SavedMethod[]>`
        with m as (
          insert into payment_methods (id, user_id, kind, gateway, token, label, brand, last4, exp_month, exp_year, is_default, merchant_initiated)
          select ${uuidv7()}, ${userId}, ${method.kind}, ${method.gateway}, ${method.token}, ${method.label}, ${method.brand}, ${method.last4},
                 ${method.expMonth}, ${method.expYear},
                 ${method.isDefault} or not exists (select 1 from payment_methods o where o.user_id = ${userId}), ${method.merchantInitiated}
          returning *
        )
        select ${columns(sql)} from m`,
    )
    return saved!
  } catch (error) {
    if (isUniqueViolation(error)) throw errors.methodExists({}, { cause: error })
    throw error
  }
}

/** Changes what may be changed of a user's own method. `undefined`: there is no such method of this user. */
export async function changeMethod(
  tx: Tx,
  userId: string,
  id: string,
  change: { label?: string | undefined; isDefault?: true | undefined; merchantInitiated?: boolean | undefined },
): Promise<SavedMethod | undefined> {
  await oneAfterTheOther(tx, userId)
  if (change.isDefault) await dropDefault(tx, userId)
  const [saved] = await tx<SavedMethod[]>`
    with m as (
      update payment_methods m
         set label = coalesce(${change.label ?? null}, m.label), is_default = ${change.isDefault ?? false} or m.is_default,
             merchant_initiated = coalesce(${change.merchantInitiated ?? null}, m.merchant_initiated), version = m.version + 1, updated_at = now()
       where m.id = ${id} and m.user_id = ${userId}
      returning *
    )
    select ${columns(tx)} from m`
  return saved
}

/** Forgets a method; if it was the default, the newest of the others becomes it. False: there is no such method of this user. */
export async function forgetMethod(tx: Tx, userId: string, id: string): Promise<boolean> {
  await oneAfterTheOther(tx, userId)
  const [gone] = await tx<{ isDefault: boolean }[]>`
    delete from payment_methods m where m.id = ${id} and m.user_id = ${userId} returning m.is_default as "isDefault"`
  if (!gone) return false
  if (gone.isDefault) {
    await tx`
      update payment_methods set is_default = true, version = version + 1
       where id = (select o.id from payment_methods o where o.user_id = ${userId} order by o.created_at desc limit 1)`
  }
  return true
}

/**
 * Which method is the default depends on the others, so changes of one user's methods wait for each other: of two first methods saved
 * at the same moment both would be the default, and one of them would be refused.
 */
async function oneAfterTheOther(tx: Tx, userId: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('payment methods of ' || ${userId}::text, 0))`
}

async function dropDefault(tx: Tx, userId: string): Promise<void> {
  await tx`update payment_methods set is_default = false, version = version + 1 where user_id = ${userId} and is_default`
}
