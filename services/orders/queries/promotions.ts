import Type, { type Static } from 'typebox'
import { Nullable, Uuid } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { descending, keyset, type Page, type PageRequest, where } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import { errors } from '../errors.ts'
import type { PromotionRow } from '../offers.ts'
import type { PromotionView } from '../promotion-rule.ts'

export const CouponView = closed({
  id: Uuid,
  code: Type.String(),
  usageLimit: Nullable(Type.Integer()),
  used: Type.Integer(),
  disabled: Type.Boolean(),
})
export type CouponView = Static<typeof CouponView>

export function promotionView(row: PromotionRow): PromotionView {
  return {
    id: row.id,
    name: row.name,
    active: row.active,
    automatic: row.automatic,
    ...row.rule,
    startsAt: row.starts_at?.toISOString() ?? null,
    endsAt: row.ends_at?.toISOString() ?? null,
    usageLimit: row.usage_limit,
    customerLimit: row.customer_limit,
    used: row.used,
    version: Number(row.version),
  }
}

export function couponView(row: {
  id: string
  code: string
  usage_limit: number | null
  used: number
  disabled: boolean
}): CouponView {
  return { id: row.id, code: row.code, usageLimit: row.usage_limit, used: row.used, disabled: row.disabled }
}

/** Throws errors.promotionNotFound. */
export async function getPromotion(sql: Query, id: string): Promise<PromotionView> {
  const [row] = await sql<PromotionRow[]>`select p.* from promotions p where p.id = ${id}`
  if (!row) throw errors.promotionNotFound()
  return promotionView(row)
}

export const UsesView = closed({
  orders: Type.Integer({ description: 'that took part and were not cancelled, with a limit or without' }),
  givenBack: Type.Integer({ description: 'that took part and were cancelled' }),
})

/** How many orders a promotion took part in. Throws errors.promotionNotFound. */
export async function countUses(sql: Query, id: string): Promise<Static<typeof UsesView>> {
  await getPromotion(sql, id)
  const [row] = await sql<Static<typeof UsesView>[]>`
    select count(*) filter (where u.released_at is null)::integer as orders, count(*) filter (where u.released_at is not null)::integer as "givenBack"
      from promotion_uses u where u.promotion_id = ${id}`
  return row!
}

const promotions = keyset({
  list: 'promotions',
  id: { column: 'p.id', type: 'uuid' },
  sorts: { newest: descending('p.id', 'uuid') },
  initial: 'newest',
})
export const PromotionQuery = promotions.query({
  active: Type.Optional(Type.Boolean()),
  automatic: Type.Optional(Type.Boolean()),
})

export async function listPromotions(sql: Query, query: Static<typeof PromotionQuery>): Promise<Page<PromotionView>> {
  const at = promotions.position(query)
  const rows = await sql<PromotionRow[]>`
    select p.*, ${at.keys(sql)} from promotions p
    ${where(sql, [query.active !== undefined && sql`p.active = ${query.active}`, query.automatic !== undefined && sql`p.automatic = ${query.automatic}`])}
    ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, promotionView)
}

const coupons = keyset({
  list: 'coupons',
  id: { column: 'c.id', type: 'uuid' },
  sorts: { newest: descending('c.id', 'uuid') },
  initial: 'newest',
})
export const CouponQuery = coupons.query({})

export async function listCoupons(sql: Query, promotionId: string, query: PageRequest): Promise<Page<CouponView>> {
  await getPromotion(sql, promotionId)
  const at = coupons.position(query)
  const rows = await sql<Parameters<typeof couponView>[0][]>`
    select c.id, c.code, c.usage_limit, c.used, c.disabled, ${at.keys(sql)} from coupons c
    where c.promotion_id = ${promotionId} ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, couponView)
}
