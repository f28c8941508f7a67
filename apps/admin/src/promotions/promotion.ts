import type { Answer, Input } from '../../../../packages/client/src/client.ts'
import { money, when } from '../parts/show.tsx'

export type Promotion = Answer<'GET /api/promotions/{id}'>
export type PromotionBody = Input<'PUT /api/promotions/{id}'>['body']
export type Deed = Promotion['action']

export const percent = (basisPoints: number): string => `${basisPoints / 100} %`

/** What it does, in a sentence. */
export function deedOf({ action, conditions }: Pick<Promotion, 'action' | 'conditions'>): string {
  switch (action.kind) {
    case 'percent':
      return `${percent(action.basisPoints)} off`
    case 'fixed':
      return `${money({ amount: action.amount, currency: conditions.currency ?? 'EUR' })} off ${action.per === 'order' ? 'the order' : 'each line'}`
    case 'free-shipping':
      return 'free shipping'
    case 'buy-x-get-y':
      return `buy ${action.buy}, get ${action.get} ${action.basisPoints === 10_000 ? 'free' : `for ${percent(10_000 - action.basisPoints)}`}`
  }
}

export function stateOf({ active, startsAt, endsAt, usageLimit, used }: Promotion, now = Date.now()): string {
  if (!active) return 'off'
  if (endsAt !== null && Date.parse(endsAt) <= now) return 'over'
  if (usageLimit !== null && used >= usageLimit) return 'used up'
  return startsAt !== null && Date.parse(startsAt) > now ? 'planned' : 'running'
}

export function datesOf({ startsAt, endsAt }: Promotion): string {
  if (startsAt === null && endsAt === null) return 'always'
  return [startsAt === null ? '' : `from ${when(startsAt)}`, endsAt === null ? '' : `until ${when(endsAt)}`]
    .filter(Boolean)
    .join(' ')
}

/** The promotion as it is sent back. */
export function bodyOf(promotion: Promotion): PromotionBody {
  const { id: _id, used: _used, version: _version, ...body } = promotion
  return body
}

/** Ends now: an end keeps the history true. What has not begun yet, or would begin and end at once, is switched off. */
export function ended(promotion: Promotion, now: Date): PromotionBody {
  const begun = promotion.startsAt === null || Date.parse(promotion.startsAt) < now.getTime()
  return begun ? { ...bodyOf(promotion), endsAt: now.toISOString() } : { ...bodyOf(promotion), active: false }
}
