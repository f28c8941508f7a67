import type { Query } from '#kit/db/db.ts'
import { customerKeyOf } from './codes.ts'
import type { OrdersDeps } from './deps.ts'
import type { Offer, Promotion } from './promotion.ts'
import type { PromotionRule } from './promotion-rule.ts'

export interface PromotionRow {
  id: string
  name: string
  active: boolean
  automatic: boolean
  rule: PromotionRule
  starts_at: Date | null
  ends_at: Date | null
  usage_limit: number | null
  customer_limit: number | null
  used: number
  version: bigint
}

export function promotionOf(row: PromotionRow): Promotion {
  const { action, conditions, exclusive, priority } = row.rule
  return {
    id: row.id,
    name: row.name,
    active: row.active,
    action,
    conditions,
    exclusive,
    priority,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    usageLimit: row.usage_limit,
    customerLimit: row.customer_limit,
    used: row.used,
  }
}

/** How long a change of an automatic promotion may stay unseen by other processes. Limits and dates are checked again when an order claims it. */
const KEEP_MS = 3_000

/** The automatic promotions, kept for a few seconds: asking for them at every order would cost a statement. */
export class AutomaticPromotions {
  readonly #read: () => Promise<readonly Promotion[]>
  #known: Promise<readonly Promotion[]> | undefined
  #until = 0

  constructor(sql: Query) {
    this.#read = async () => {
      const rows = await sql<PromotionRow[]>`
        select p.id, p.name, p.active, p.automatic, p.rule, p.starts_at, p.ends_at, p.usage_limit, p.customer_limit, p.used, p.version
        from promotions p where p.automatic and p.active and coalesce(p.ends_at, 'infinity') > now() order by p.id`
      return rows.map(promotionOf)
    }
  }

  async current(): Promise<readonly Promotion[]> {
    const now = performance.now()
    if (this.#known && now < this.#until) return await this.#known
    this.#until = now + KEEP_MS
    this.#known = this.#read()
    this.#known.catch(() => this.forget())
    return await this.#known
  }

  /** After a change made here. */
  forget(): void {
    this.#known = undefined
  }
}

export interface Shopper {
  readonly customerId: string | null
  readonly email: string | null
}

export interface Offers {
  readonly offers: readonly Offer[]
  /** codes that stand for nothing */
  readonly unknown: readonly string[]
  readonly customerKey: string | null
  readonly firstOrder: boolean | null
}

/** The promotions this shopper may get with these codes (normalised). No statement where there are neither codes nor limits. */
export async function offersFor(deps: OrdersDeps, shopper: Shopper, codes: readonly string[]): Promise<Offers> {
  const customerKey = customerKeyOf(deps.kit.secret('orders/customer-key'), shopper)
  const coupons = codes.length === 0 ? [] : await couponsOf(deps.kit.db.sql, codes)
  const candidates: Offer[] = [
    ...coupons,
    ...(await deps.automatic.current()).map((promotion) => ({ promotion, coupon: null, usedByCustomer: 0 })),
  ]
  const unknown = codes.filter((code) => !coupons.some(({ coupon }) => coupon.code === code))
  const limited = candidates.filter(({ promotion }) => promotion.customerLimit !== null || promotion.conditions.firstOrderOnly)
  if (limited.length === 0 || customerKey === null) return { offers: candidates, unknown, customerKey, firstOrder: null }
  const { uses, firstOrder } = await historyOf(
    deps.kit.db.sql,
    shopper,
    customerKey,
    limited.map(({ promotion }) => promotion.id),
  )
  return {
    offers: candidates.map((offer) => ({ ...offer, usedByCustomer: uses.get(offer.promotion.id) ?? 0 })),
    unknown,
    customerKey,
    firstOrder,
  }
}

type CouponRow = PromotionRow & {
  coupon_id: string
  code: string
  disabled: boolean
  coupon_limit: number | null
  coupon_used: number
}

async function couponsOf(sql: Query, codes: readonly string[]): Promise<(Offer & { coupon: NonNullable<Offer['coupon']> })[]> {
  const rows = await sql<CouponRow[]>`
    select p.id, p.name, p.active, p.automatic, p.rule, p.starts_at, p.ends_at, p.usage_limit, p.customer_limit, p.used, p.version,
      c.id as coupon_id, c.code, c.disabled, c.usage_limit as coupon_limit, c.used as coupon_used
    from coupons c join promotions p on p.id = c.promotion_id
    where c.code = any(${codes as string[]})
    order by array_position(${codes as string[]}, c.code)`
  return rows.map((row) => ({
    promotion: promotionOf(row),
    coupon: { id: row.coupon_id, code: row.code, disabled: row.disabled, usageLimit: row.coupon_limit, used: row.coupon_used },
    usedByCustomer: 0,
  }))
}

async function historyOf(sql: Query, { customerId, email }: Shopper, customerKey: string, promotionIds: string[]) {
  const [row] = await sql<{ uses: Record<string, number> | null; ordered: boolean }[]>`
    select
      (select jsonb_object_agg(u.promotion_id, u.uses) from (
        select u.promotion_id, count(*) as uses from promotion_uses u
        where u.promotion_id = any(${promotionIds}) and u.customer_key = ${customerKey} and u.released_at is null and u.nth is not null
        group by u.promotion_id) u) as uses,
      case when ${customerId}::uuid is not null
        then exists (select 1 from orders o where o.customer_id = ${customerId}::uuid and o.status <> 'CANCELLED')
        else exists (select 1 from order_contacts c join orders o on o.id = c.order_id where lower(c.email) = lower(${email}::text) and o.status <> 'CANCELLED')
      end as ordered`
  return { uses: new Map(Object.entries(row?.uses ?? {})), firstOrder: !row?.ordered }
}
