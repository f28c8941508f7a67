import { randomBase32, uuidv7 } from '#kit/core/ids.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import { isCheckViolation } from '#kit/db/pg-errors.ts'
import { isCode, normalisedCode } from '../codes.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import type { PromotionBody, PromotionRule, PromotionView } from '../promotion-rule.ts'
import { type CouponView, couponView, getPromotion } from '../queries/promotions.ts'

/** Writes a promotion down. Throws errors.currencyNeeded, errors.wrongDates. */
export async function createPromotion(deps: OrdersDeps, tx: Tx, body: PromotionBody): Promise<PromotionView> {
  const id = uuidv7()
  const { rule, customerLimit, startsAt, endsAt } = checked(body)
  await tx`
    insert into promotions (id, name, active, automatic, rule, starts_at, ends_at, usage_limit, customer_limit)
    values (${id}, ${body.name}, ${body.active}, ${body.automatic}, ${JSON.stringify(rule)}::text::jsonb, ${startsAt}, ${endsAt},
      ${body.usageLimit ?? null}, ${customerLimit})`
  deps.automatic.forget()
  return await getPromotion(tx, id)
}

/** Replaces a promotion; orders placed before keep what they got. Throws as `createPromotion`, errors.limitBelowUse, errors.promotionConflict. */
export async function replacePromotion(
  deps: OrdersDeps,
  tx: Tx,
  id: string,
  body: PromotionBody,
  expectedVersion: number | undefined,
): Promise<PromotionView> {
  const { rule, customerLimit, startsAt, endsAt } = checked(body)
  try {
    const [row] = await tx`
      update promotions p set name = ${body.name}, active = ${body.active}, automatic = ${body.automatic}, rule = ${JSON.stringify(rule)}::text::jsonb,
        starts_at = ${startsAt}, ends_at = ${endsAt}, usage_limit = ${body.usageLimit ?? null}, customer_limit = ${customerLimit},
        version = p.version + 1, updated_at = now()
      where p.id = ${id} and (${expectedVersion ?? null}::bigint is null or p.version = ${expectedVersion ?? null}::bigint)
      returning p.id`
    if (!row) {
      await getPromotion(tx, id)
      throw errors.promotionConflict({ promotionId: id })
    }
  } catch (error) {
    if (isCheckViolation(error, 'promotions_used')) throw errors.limitBelowUse({}, { cause: error })
    throw error
  }
  deps.automatic.forget()
  return await getPromotion(tx, id)
}

/** Deletes a promotion that no order has used. Throws errors.promotionNotFound, errors.promotionUsed. */
export async function removePromotion(deps: OrdersDeps, tx: Tx, id: string): Promise<void> {
  await getPromotion(tx, id)
  const [row] =
    await tx`delete from promotions p where p.id = ${id} and not exists (select 1 from promotion_uses u where u.promotion_id = p.id) returning p.id`
  if (!row) throw errors.promotionUsed({ promotionId: id })
  deps.automatic.forget()
}

function checked(body: PromotionBody): {
  rule: PromotionRule
  customerLimit: number | null
  startsAt: string | null
  endsAt: string | null
} {
  const { action, conditions, exclusive, priority } = body
  if ((action.kind === 'fixed' || conditions.minimumSubtotal !== undefined) && conditions.currency === undefined) {
    throw errors.currencyNeeded(
      {},
      { fields: [{ pointer: '/conditions/currency', message: 'is needed where there is an amount' }] },
    )
  }
  const startsAt = body.startsAt ?? null
  const endsAt = body.endsAt ?? null
  if (startsAt && endsAt && Date.parse(startsAt) >= Date.parse(endsAt))
    throw errors.wrongDates({}, { fields: [{ pointer: '/endsAt', message: 'must be after startsAt' }] })
  // Two first orders at once are both the first: the count per customer decides which of them is.
  const customerLimit = conditions.firstOrderOnly ? 1 : (body.customerLimit ?? null)
  return { rule: { action, conditions, exclusive, priority }, customerLimit, startsAt, endsAt }
}

export interface NewCoupons {
  readonly codes?: readonly string[] | undefined
  readonly generate?: { readonly count: number; readonly prefix?: string | undefined } | undefined
  readonly usageLimit?: number | null | undefined
}

/** Adds codes to a promotion: named ones, or `count` unguessable ones. All or none. Throws errors.badCode, errors.codeTaken. */
export async function addCoupons(tx: Tx, promotionId: string, wanted: NewCoupons): Promise<CouponView[]> {
  await getPromotion(tx, promotionId)
  const named = (wanted.codes ?? []).map(normalisedCode)
  const { count = 0, prefix = '' } = wanted.generate ?? {}
  const made = Array.from({ length: count }, () => normalisedCode(`${prefix}${randomBase32(10)}`))
  const codes = [...named, ...made]
  const bad = codes.findIndex((code) => !isCode(code))
  if (bad >= 0 || codes.length === 0)
    throw errors.badCode(
      {},
      { fields: [{ pointer: bad < named.length ? `/codes/${Math.max(0, bad)}` : '/generate/prefix', message: 'is not a code' }] },
    )
  const rows = codes.map((code) => ({ id: uuidv7(), code }))
  const stored = await tx<Parameters<typeof couponView>[0][]>`
    insert into coupons (id, promotion_id, code, usage_limit)
    select c.id, ${promotionId}, c.code, ${wanted.usageLimit ?? null}::int from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as c(id uuid, code text)
    on conflict (code) do nothing
    returning coupons.id, coupons.code, coupons.usage_limit, coupons.used, coupons.disabled`
  if (stored.length < codes.length) {
    const there = new Set(stored.map(({ code }) => code))
    throw errors.codeTaken({ codes: named.filter((code) => !there.has(code)) })
  }
  return stored.map(couponView)
}

/** A code that nobody may use any more; orders that have used it keep their discount. Throws errors.couponNotFound. */
export async function disableCoupon(sql: Query, promotionId: string, couponId: string): Promise<void> {
  const [row] =
    await sql`update coupons c set disabled = true where c.id = ${couponId} and c.promotion_id = ${promotionId} returning c.id`
  if (!row) throw errors.couponNotFound()
}
