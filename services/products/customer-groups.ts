import { usersRpc } from '#contracts/rpc/users.ts'
import type { ServiceKit } from '#kit/service/service.ts'

const REMEMBER_MS = 30_000
const AT_MOST = 10_000

/**
 * Asks users for a shopper's customer groups and remembers the answer for half a minute, so that a signed-in shopper costs
 * no call per page. What a cart and an order charge is asked afresh; this is for display. No answer: no groups.
 */
export function rememberedGroups(kit: ServiceKit): (userId: string) => readonly string[] | Promise<readonly string[]> {
  const known = new Map<string, { groups: readonly string[]; until: number }>()
  const ask = async (userId: string): Promise<readonly string[]> => {
    const groups = await kit
      .rpc(usersRpc)
      .customerGroups({ userId })
      .then(
        (answer) => answer.groups,
        () => [],
      )
    known.delete(userId)
    known.set(userId, { groups, until: Date.now() + REMEMBER_MS })
    for (const oldest of known.keys()) {
      if (known.size <= AT_MOST) break
      known.delete(oldest)
    }
    return groups
  }
  return (userId) => {
    const remembered = known.get(userId)
    return remembered && remembered.until > Date.now() ? remembered.groups : ask(userId)
  }
}
