import { searchRpc } from '#contracts/rpc/search.ts'
import { implement } from '#kit/rpc/rpc.ts'
import type { SearchDeps } from './deps.ts'
import { related } from './queries/related.ts'
import { askForRebuild, goOnRebuilding, rebuildState } from './rebuild.ts'
import { locate } from './queries/search.ts'

/** One call works so long on a rebuild. */
const WORK_MS = 3_000

/** What the catalogue asks for its own lists. */
export function searchCalls(deps: SearchDeps) {
  return implement(searchRpc, {
    async find({ category, brand, seller, tag, ...ask }) {
      const some = Object.entries({ category, brand, seller, tag }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, [value]] as const],
      )
      const { hits, pins, next } = await locate(deps, { ...ask, ...Object.fromEntries(some), facets: false })
      const productIds = hits.map(({ productId }) => productId)
      for (const { productId, position } of pins) productIds.splice(Math.min(position! - 1, productIds.length), 0, productId)
      return { productIds, next: next ?? null }
    },
    async rebuild({ begin }) {
      if (begin) await deps.db.tx((tx) => askForRebuild(tx, 'import'))
      await goOnRebuilding(deps, AbortSignal.timeout(WORK_MS))
      const { state, documents, progress } = await rebuildState(deps.db.sql)
      return { state, documents, made: progress?.made ?? documents ?? 0 }
    },
    related: async (like) => ({ productIds: await related(deps, like) }),
  })
}
