import { usersRpc } from '#contracts/rpc/users.ts'
import type { ServiceKit } from '#kit/service/service.ts'

const REMEMBER_MS = 30_000
const AT_MOST = 10_000

/**
 * Asks users for a shopper's customer groups and remembers the answer for half a minute, so that a signed-in shopper costs
 * no call per page. What a cart and an order charge is asked afresh; this is for display. No answer: no groups.
 */
export function rememberedGroups(kit: ServiceKit): (userId: string) => Promise<readonly string[]> {
  const known = new Map<string, { groups: readonly string[]; until: number }>()
  return async (userId) => {
    const now = Date.now()
    const remembered = known.get(userId)
    if (remembered && remembered.until > now) return remembered.groups
    const groups = await kit
      .rpc(usersRpc)
      .customerGroups({ userId })
      .then(
        (answer) => answer.groups,
        () => [],
      )
    known.delete(userId)
    known.set(userId, { groups, until: now + REMEMBER_MS })
    for (const oldest of known.keys()) {
      if (known.size <= AT_MOST) break
      known.delete(oldest)
    }
    return groups
  }
}
