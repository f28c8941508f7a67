import type { Mutant } from './mutant.ts'

const products = 'services/products'

/** Guards of what staff do to a whole catalogue: who may, money, and that a trial stays one. */
export const catalogueGuards: readonly Mutant[] = [
  {
    name: 'catalogue: everybody signed in changes many products, imports and exports',
    file: `${products}/routes/all-products.ts`,
    search: "const write = can('products:write')",
    replace: "const write = { kind: 'signed-in' } as const",
    test: `${products}/all-products.int.test.ts ${products}/import-rows.int.test.ts`,
  },
  {
    name: 'catalogue: pictures of a draft are told to anybody',
    file: `${products}/commands/save-media.ts`,
    search: '!mayWrite(principal, stored)',
    replace: 'false',
    test: `${products}/all-products.int.test.ts`,
  },
  {
    name: 'catalogue: ninety-nine per cent less give goods away',
    file: `${products}/commands/change-products.ts`,
    search: 'after === 0n && amount > 0n',
    replace: 'after < 0n',
    test: `${products}/all-products.int.test.ts`,
  },
  {
    name: 'catalogue: ten per cent less are twenty when the answer was lost',
    file: `${products}/routes/all-products.ts`,
    search: "summary: 'Change many products in the same way',",
    replace: "summary: 'Change many products in the same way',\n        idempotency: 'none',",
    test: `${products}/all-products.int.test.ts`,
  },
  {
    name: 'catalogue: a dry run keeps what it did',
    file: `${products}/commands/import-rows.ts`,
    search: 'throw new DryRunIsOver()',
    replace: 'return undefined',
    test: `${products}/import-rows.int.test.ts`,
  },
  {
    name: 'catalogue: an export runs formulas on the desk of whoever opens it',
    file: 'kit/core/csv.ts',
    search: 'FORMULA.test(cell) ? `${GUARD}${cell}` : cell',
    replace: 'cell',
    test: `kit/core/csv.test.ts ${products}/import-rows.int.test.ts`,
  },
  {
    name: 'catalogue: a kept answer goes to whoever has another price',
    file: 'kit/http/cached-read.ts',
    search: 'const key = keyOf(facts.label, http, variant)',
    replace: "const key = keyOf(facts.label, http, '')",
    test: `${products}/member-prices.int.test.ts services/search/member-prices.int.test.ts services/recommendations/member-prices.int.test.ts`,
  },
  {
    name: 'catalogue: members see an old price of their group in lists',
    file: `${products}/queries/show-cards.ts`,
    search: 'cache: { tags: ids.map(productTag),',
    replace: 'cache: { tags: [],',
    test: `${products}/member-prices.int.test.ts`,
  },
  {
    name: 'catalogue: two who move a category overwrite each other',
    file: `${products}/commands/save-category.ts`,
    search: 'await updateCategory(tx, id, { parentId }, expected)',
    replace: 'await updateCategory(tx, id, { parentId }, undefined)',
    test: `${products}/categories.int.test.ts`,
  },
  {
    name: 'a list keeps the old price when a sale begins by itself',
    file: `${products}/due-lists.ts`,
    search: 'clock!.due ? [...look.tags, CATALOGUE] : look.tags',
    replace: 'look.tags',
    test: `${products}/cache.int.test.ts`,
  },
  {
    name: 'a list shows the price of a card that waits to be drawn',
    file: `${products}/queries/cards-in-order.ts`,
    search: 'behind: rows.some(({ behind }) => behind)',
    replace: 'behind: false',
    test: `${products}/cache.int.test.ts`,
  },
  {
    name: 'a kept list goes on when very many prices change at once',
    file: `${products}/migrations/018_lists_behind.sql`,
    search: 'after insert on stale_cards referencing new table as changed for each statement',
    replace: 'after insert on stale_cards referencing new table as changed for each statement when (false)',
    test: `${products}/cache.int.test.ts`,
  },
]
