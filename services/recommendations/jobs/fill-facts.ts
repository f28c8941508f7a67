import type { Deps } from '../deps.ts'
import { refreshFacts } from '../reactions/follow-products.ts'

const PAGE = 200

/** A shop that had products before it had this service: their facts are asked for once, page by page, wherever the last run stopped. */
export async function fillFacts(deps: Deps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const more = await deps.db.tx(async (tx) => {
      const [filling] = await tx<
        { after: string | null }[]
      >`select f.after from facts_filled f where not f.done for update skip locked`
      if (!filling) return false
      const { ids, next } = await deps.products.entryIds({
        limit: PAGE,
        ...(filling.after === null ? {} : { after: filling.after }),
      })
      if (ids.length > 0) await refreshFacts(deps, tx, ids)
      await tx`update facts_filled set after = ${next}, done = ${next === null}`
      return next !== null
    })
    if (!more) return
  }
}
