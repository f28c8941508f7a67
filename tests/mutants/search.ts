import type { Mutant } from './mutant.ts'

const search = 'services/search'

/** Guards of what is found: the best-selling products of very many, and the names of what is counted. */
export const searchGuards: readonly Mutant[] = [
  {
    name: 'search: what has sold since is not among the best-selling ones',
    file: `${search}/jobs/carry-over-sales.ts`,
    search: ', facets = with_levels(d.side, d.shelf, due.score::real, d.product_id, d.facets)',
    replace: '',
    test: `${search}/levels.int.test.ts`,
  },
  {
    name: 'search: a product that changes counts with sales that are not carried over',
    file: `${search}/store.ts`,
    search: 'facets = with_levels(d.side, d.shelf, d.popularity, d.product_id, excluded.facets),',
    replace: 'facets = excluded.facets,',
    test: `${search}/levels.int.test.ts`,
  },
  {
    name: 'search: half marked best-selling ones are taken for all of them',
    file: `${search}/migrations/014_best_selling_first.sql`,
    search: 'c.shelf = in_shelf and c.ready and guessed',
    replace: 'c.shelf = in_shelf and guessed',
    test: `${search}/levels.int.test.ts`,
  },
  {
    name: 'search: a level that has too few that fit is not followed by a wider one',
    file: `${search}/migrations/014_best_selling_first.sql`,
    search: 'exit when cut.level is null or seen >= most;',
    replace: 'exit when cut.level is null or seen >= 0;',
    test: `${search}/levels.int.test.ts`,
  },
  {
    name: 'search: a facet keeps the old names of its values',
    file: `${search}/engines/terms.ts`,
    search: 'if (version > names.version)',
    replace: 'if (names.version < 0)',
    test: `${search}/search.int.test.ts`,
  },
  {
    name: 'search: a cancelled order still counts for the search it came from',
    file: `${search}/reactions/follow-orders.ts`,
    search: 'set orders = d.orders - l.orders from locked l',
    replace: 'set orders = d.orders from locked l',
    test: `${search}/operators.int.test.ts`,
  },
  {
    name: 'search: an order that was cancelled counts again when it is told again',
    file: `${search}/reactions/follow-orders.ts`,
    search: ' and c.cancelled_order is distinct from b.order_id',
    replace: '',
    test: `${search}/operators.int.test.ts`,
  },
  {
    name: 'search: OpenSearch that does not answer is asked at every question',
    file: `${search}/engines/with-fallback.ts`,
    search: 'new ConsecutiveBreaker(FAILURES)',
    replace: 'new ConsecutiveBreaker(1000)',
    test: `${search}/engines/with-fallback.test.ts`,
  },
  {
    name: 'search: nobody answers in the stead of OpenSearch',
    file: `${search}/engines/with-fallback.ts`,
    search: 'return await second.find(question)',
    replace: 'return await first.find(question)',
    test: `${search}/engines/with-fallback.test.ts`,
  },
  {
    name: 'search: a copy that had to stop begins with the first product again',
    file: `${search}/jobs/copy-documents.ts`,
    search: 'const before = await begun(db.sql, client, turn)',
    replace: 'const before = undefined as Awaited<ReturnType<typeof begun>>',
    test: `${search}/copies.int.test.ts`,
  },
  {
    name: 'search: a copy goes on in an index that is gone',
    file: `${search}/jobs/copy-documents.ts`,
    search: 'return row && (await ownIndices(client)).includes(row.index) ? row : undefined',
    replace: 'return row',
    test: `${search}/copies.int.test.ts`,
  },
  {
    name: 'I21 search: both sides of a rebuild are said to be the same',
    file: `${search}/rebuild.ts`,
    search: 'building: said(sum.building, sum.buildingDocuments)',
    replace: 'building: said(sum.live, sum.liveDocuments)',
    test: `${search}/read-model.int.test.ts`,
  },
  {
    name: 'search: a rebuild that has to stop shows what it has',
    file: `${search}/rebuild.ts`,
    search: "if (signal.aborted) return\n    if (state === 'nothing')",
    replace:
      "if (signal.aborted) return exchange(deps, new AbortController().signal, comparedAtOnce)\n    if (state === 'nothing')",
    test: `${search}/read-model.int.test.ts`,
  },
  {
    name: 'search: of a word that occurs nobody is told that another one was taken',
    file: `${search}/corrected.ts`,
    search: 'wish.taken ?? doubted(wish, hits)',
    replace: 'wish.taken',
    test: `${search}/search.int.test.ts`,
  },
  {
    name: 'search: a word is offered though hardly anything has it',
    file: `${search}/corrected.ts`,
    search: 'documents >= FAR_MORE * wish.documents && ',
    replace: '',
    test: `${search}/search.int.test.ts`,
  },
]
