import { defineService } from '#kit/service/service.ts'
import { type SearchDeps, searchDeps } from './deps.ts'
import { copyDocuments } from './jobs/copy-documents.ts'
import { foldAllWords } from './jobs/fold-words.ts'
import { bothLists } from './kept.ts'
import { ProductQueried } from '#contracts/events/search.ts'
import { carryOverSales, cleanUp } from './jobs/carry-over-sales.ts'
import { markBestSelling } from './levels.ts'
import { followCancelled, followOrders, forgetUser } from './reactions/follow-orders.ts'
import { followProducts } from './reactions/follow-products.ts'
import { followRatings } from './reactions/follow-ratings.ts'
import { editRoutes } from './routes/edits.ts'
import { logRoutes } from './routes/log.ts'
import { askForRebuild, goOnRebuilding, rebuildState } from './rebuild.ts'
import { rebuildRoutes } from './routes/rebuild.ts'
import { searchRoutes } from './routes/search.ts'
import { searchCalls } from './rpc.ts'
import { Settings } from './settings.ts'

export const service = defineService<SearchDeps, typeof Settings>({
  name: 'search',
  port: 8091,
  kind: 'projection',
  summary:
    'Finds products: words with their forms, slips and synonyms, facets with counts, suggestions, and what operators say stands first.',
  migrations: new URL('./migrations/', import.meta.url),
  settings: Settings,
  brief: true,
  create: searchDeps,
  routes: (deps) => [...searchRoutes(deps), ...logRoutes(deps), ...editRoutes(deps), ...rebuildRoutes(deps)],
  rpc: searchCalls,
  reactions: (deps) => [...followProducts(deps), followRatings(deps), followOrders, followCancelled, forgetUser],
  attention: () => ({ pauseMs: 50 }),
  changes: bothLists,
  publishes: [ProductQueried],
  jobs: (deps) => [
    { name: 'carry-over-sales', everySeconds: 30, run: (signal) => carryOverSales(deps, signal) },
    ...(deps.copy
      ? [{ name: 'copy-documents', everySeconds: 1, run: (signal: AbortSignal) => copyDocuments(deps, signal) }]
      : []),
    { name: 'clean-up', everySeconds: 3600, run: () => cleanUp(deps) },
    { name: 'fold-words', everySeconds: 1, run: (signal) => foldAllWords(deps, signal) },
    { name: 'mark-best-selling', everySeconds: 3600, run: (signal) => markBestSelling(deps.db, 'live', signal) },
    { name: 'rebuild', everySeconds: 2, run: (signal) => goOnRebuilding(deps, signal) },
  ],
  invariants: [
    {
      name: 'every document stands on the shelf it is filed under',
      sql: `select d.product_id, d.shelf from documents d where not d.facets @> array[d.shelf] or not exists (select 1 from terms t where t.id = d.shelf and t.kind = 'shelf')`,
    },
    {
      name: 'documents that sell best can be found as such',
      sql: `
        select d.side, d.product_id, d.shelf, c.level from documents d join cuts c on c.side = d.side and c.shelf = d.shelf and c.ready
         where ((d.popularity, d.product_id) >= (c.popularity, c.product_id)) <> (d.facets @> array[c.term])`,
    },
  ],
  // A shop that had products before it had this service.
  async bootstrap({ db }) {
    if ((await rebuildState(db.sql)).state === 'never') await db.tx((tx) => askForRebuild(tx, 'first start'))
  },
  async health({ db, engine, fallback }) {
    const [row] = await db.sql<{ live: string; building: string | null; documents: bigint | null; notes: bigint }[]>`
      select s.live, s.building, (select sum(v.documents) from vocabulary v where v.side = s.live and v.word = '') as documents,
             (select count(*) from word_changes) as notes from sides s`
    return {
      engine: engine.name,
      ...(fallback ? { fallback: fallback() } : {}),
      live: row!.live,
      building: row!.building,
      documents: Number(row!.documents ?? 0),
      wordsToFold: Number(row!.notes),
    }
  },
})
