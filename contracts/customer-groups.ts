/**
 * Whose prices are shown: the customer groups of whoever asks. What a cart and an order charge is asked afresh. It stands beside the call it makes
 * (rpc/users.ts), since several services show prices and none imports another.
 */
import { usersRpc } from '#contracts/rpc/users.ts'
import { type Asker, askerOf, type RouteRequest } from '#kit/http/route.ts'
import type { ServiceKit } from '#kit/service/service.ts'

const REMEMBER_MS = 30_000
const AT_MOST = 10_000

type Groups = readonly string[]

export interface CustomerGroups {
  /** Groups of whoever asks; strangers, programs and our own services are in none. */
  readonly of: (asker: Asker) => Groups | Promise<Groups>
  /** `variant` of a kept answer: who sees the same prices has the same one. Whoever signs in gets an answer that shared caches do not keep. */
  readonly variant: (asker: Asker) => string | Promise<string>
  /** The groups that an answer is kept under, also where others were learned meanwhile. `variant`: the part of the request's that came from above. */
  readonly kept: (request: Asker & Pick<RouteRequest, 'variant'>, variant?: string) => Groups | Promise<Groups>
}

const NONE: Groups = []
const variantOf = (groups: Groups): string => JSON.stringify([...groups].sort())

/**
 * Asks users for a shopper's customer groups and remembers the answer for half a minute, so that a signed-in shopper costs
 * no call per page. No answer: no groups.
 */
export function customerGroups(kit: Pick<ServiceKit<never>, 'rpc'>): CustomerGroups {
  const users = kit.rpc(usersRpc)
  const known = new Map<string, { groups: Groups; until: number }>()
  const ask = async (userId: string): Promise<Groups> => {
    const groups = await users.customerGroups({ userId }).then(
      (answer) => answer.groups,
      () => NONE,
    )
    known.delete(userId)
    known.set(userId, { groups, until: Date.now() + REMEMBER_MS })
    for (const oldest of known.keys()) {
      if (known.size <= AT_MOST) break
      known.delete(oldest)
    }
    return groups
  }
  const groupsOf = (userId: string): Groups | Promise<Groups> => {
    const remembered = known.get(userId)
    return remembered && remembered.until > Date.now() ? remembered.groups : ask(userId)
  }
  const of: CustomerGroups['of'] = (asker) => {
    const { kind, id } = askerOf(asker)
    return kind === 'user' ? groupsOf(id) : NONE
  }
  return {
    of,
    variant(asker) {
      const { kind, id } = askerOf(asker)
      if (kind !== 'user') return kind
      const groups = groupsOf(id)
      return groups instanceof Promise ? groups.then(variantOf) : variantOf(groups)
    },
    kept(request, variant = request.variant) {
      if (variant === undefined) return of(request)
      // looked at, so that the answer is private
      return askerOf(request).kind === 'user' ? (JSON.parse(variant) as Groups) : NONE
    },
  }
}
