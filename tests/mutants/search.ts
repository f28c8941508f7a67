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
]
