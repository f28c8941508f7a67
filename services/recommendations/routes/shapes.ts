import Type from 'typebox'
import { Card } from '#contracts/rpc/catalogue.ts'
import { Nullable, Uuid } from '#contracts/values.ts'
import { may, type Principal } from '#kit/core/principal.ts'
import type { Asker } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { errors } from '../errors.ts'
import { type Placement, PLACEMENTS, STRATEGIES, type Strategy } from '../experiment.ts'

export const READ_ANY = 'recommendations:read-any'
export const WRITE = 'recommendations:write'
/** A random UUID (version 4) that the shop gave to a visitor who agreed to be remembered: whoever has it is that visitor. */
const VISITOR_HEADER = 'x-visitor-id'

export const PlacementName = Type.Unsafe<Placement>({ type: 'string', enum: [...PLACEMENTS] })
export const StrategyName = Type.Unsafe<Strategy>({ type: 'string', enum: [...STRATEGIES] })
export const Limit = Type.Integer({ minimum: 1, maximum: 24, default: 8 })

const Item = closed({
  ...Card.properties,
  reason: Type.Union([
    Type.Literal('bought-together'),
    Type.Literal('similar'),
    Type.Literal('popular'),
    Type.Literal('trending'),
  ]),
  because: Nullable(Type.String({ format: 'uuid', description: 'the product that speaks most for it' })),
})
export const RecommendationView = closed({
  items: Type.Array(Item),
  placement: PlacementName,
  strategy: StrategyName,
  fallback: Type.Boolean({ description: 'what was wanted did not fill the list: the rest is popular' }),
  model: Nullable(Type.Integer()),
  experiment: Nullable(closed({ key: Type.String(), variant: Type.String() })),
})
export const CardsView = closed({ items: Type.Array(Card) })
export const UserParams = closed({ userId: Uuid })

/** The user named in the path: for that user, and for staff. Others do not exist. */
export function userNamed(userId: string, principal: Principal, permission: string): string {
  if ((principal.kind === 'user' && principal.id === userId) || may(principal, permission)) return userId
  throw errors.notFound()
}

/** Version 4 only: ids of accounts are of version 7, and who shows one of them must not be taken for that customer. */
const VISITOR = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** Who looks: a customer, a visitor who shows a name that the shop gave them, or nobody in particular. */
export function subjectOf({
  principal,
  headers,
}: Pick<Asker, 'principal' | 'headers'>): { id: string; customer: boolean } | null {
  if (principal.kind === 'user') return { id: principal.id, customer: true }
  const visitor = headers[VISITOR_HEADER]
  return visitor !== undefined && VISITOR.test(visitor) ? { id: visitor.toLowerCase(), customer: false } : null
}

/** The visitor who asks; throws where none is named. */
export function visitorOf(headers: Asker['headers']): string {
  const visitor = headers[VISITOR_HEADER]
  if (visitor === undefined || !VISITOR.test(visitor)) throw errors.noVisitor()
  return visitor.toLowerCase()
}
