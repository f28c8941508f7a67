import { may, type Person } from '../people.ts'

export interface ListedRoute {
  readonly service: string
  readonly method: string
  readonly path: string
  /** as the shop lists it: `anyone`, `permission orders:refund`, `owner orders:read-any` … */
  readonly access: string
}

/** Whose thing the request names. `missing`: nobody's, it does not exist. `nothing`: the route names none. */
export type Relation = 'own' | "other's" | 'missing' | 'nothing'

/** `in`: past the question who asks; whatever is said then (200, 400, 409 …) is not about that. */
export type Outcome = 'in' | 401 | 403 | 404

export const labelOf = (route: ListedRoute): string => `${route.method} ${route.path}`

/** What the declared access means for this caller and this thing. There is no other rule. */
export function expected(route: ListedRoute, person: Person, relation: Relation): Outcome {
  const [kind, permission = ''] = route.access.split(' ')
  const named = relation !== 'nothing'
  // A bad token is refused before anything else, on public addresses too.
  if (person.standing === 'refused') return 401
  if (kind === 'internal') return 404
  if (kind === 'anyone') return 'in'
  if (person.standing === 'anonymous') {
    if (kind !== 'owner' || !guestsMayAsk.has(labelOf(route))) return 401
    return named ? 404 : 'in'
  }
  // a key owns nothing: where a person would be asked whose it is, only its permission counts
  if (person.standing === 'key' && (kind === 'signed-in' || (kind === 'owner' && !may(person, permission)))) return 403
  if (kind === 'permission') return may(person, permission) ? 'in' : 403
  if (!named || relation === 'own') return 'in'
  if (relation === 'missing') return 404
  // `me` is whoever asks; nobody's rights make it somebody else
  return kind === 'owner' && may(person, permission) && !route.path.includes('/me/') ? 'in' : 404
}

/**
 * `owner` routes whose owner may be a guest with a secret: nobody in particular gets as far as being told that there is
 * no such thing. Filled from the OpenAPI document (an operation with an empty security requirement).
 */
export const guestsMayAsk = new Set<string>()

const signedIn = [
  'anonymous',
  'customer A',
  'customer B',
  'seller',
  'support',
  'warehouse',
  'catalog',
  'finance',
  'operations',
  'admin',
  'API key',
]

/** A line is a decision: where an answer differs from what the declared access says, and why that is right. */
export interface Exception {
  readonly route: string
  readonly who?: readonly string[]
  readonly relation?: Relation
  readonly outcome: Outcome
  readonly why: string
}

const emptyCart = 'who has no cart has an empty one: staff who may see carts learn nothing else about the id'
const signed = 'the carrier of the message proves itself by its signature, not by a token'

const noPublicKey = 'the protocol asks here for a public key; there is none, and that is all anybody learns'

const ofNobody = 'nothing is kept of somebody unknown; staff read an empty list'

export const exceptions: readonly Exception[] = [
  {
    route: 'GET /api/live',
    who: ['customer A', 'customer B', 'seller'],
    outcome: 403,
    why: 'it tells of several areas, each with a permission of its own: who has none of them is told nothing',
  },
  ...['', '/recently-viewed', '/buy-again', '/history'].map(
    (what): Exception => ({
      route: `GET /api/recommendations/:userId${what}`,
      who: ['support', 'admin'],
      relation: 'missing',
      outcome: 'in',
      why: ofNobody,
    }),
  ),
  {
    route: 'DELETE /api/recommendations/:userId/history',
    who: ['support', 'admin'],
    relation: 'missing',
    outcome: 'in',
    why: ofNobody,
  },
  {
    route: 'PUT /api/recommendations/:userId/preferences',
    who: ['support', 'admin'],
    relation: 'missing',
    outcome: 'in',
    why: ofNobody,
  },
  { route: 'GET /api/cart/:userId', who: ['support', 'admin'], relation: 'missing', outcome: 'in', why: emptyCart },
  { route: 'POST /api/cart/:userId', who: ['admin'], relation: 'missing', outcome: 'in', why: emptyCart },
  { route: 'DELETE /api/cart/:userId', who: ['admin'], relation: 'missing', outcome: 'in', why: emptyCart },
  { route: 'GET /config/key', who: ['admin'], outcome: 404, why: noPublicKey },
  { route: 'POST /api/notifications/receipts', who: signedIn, outcome: 401, why: signed },
]

export function exceptionFor(route: string, person: Person, relation: Relation): Exception | undefined {
  return exceptions.find(
    (one) =>
      one.route === route &&
      (!one.who || one.who.includes(person.name)) &&
      (one.relation === undefined || one.relation === relation),
  )
}
