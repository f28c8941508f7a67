import type { Mutant } from './mutant.ts'

const places = 'services/auth/distributed.int.test.ts'
const brief = 'kit/db/brief.int.test.ts'
const inventory = 'tests/security/inventory.security.test.ts'

/** Guards against those who guess passwords, write costly searches and look for doors that were left open. */
export const abuse: readonly Mutant[] = [
  {
    name: 'S7 a login for nobody computes no hash',
    file: 'services/auth/commands/check-password.ts',
    search: 'const fits = await verifyPassword(hash, password)',
    replace: 'const fits = account?.passwordHash ? await verifyPassword(hash, password) : false',
    test: places,
  },
  {
    name: 'S7 five hundred places have five hundred guesses at one account',
    file: 'services/auth/commands/check-password.ts',
    search: "[counter(secret, 'account', key), ...counters, counter(secret, 'everywhere')]",
    replace: "[...counters, counter(secret, 'everywhere')]",
    test: places,
  },
  {
    name: 'S7 one place may try its password on every account',
    file: 'services/auth/commands/check-password.ts',
    search: ", counter(secret, 'place', place)]",
    replace: ']',
    test: places,
  },
  {
    name: 'S7 the owner is locked out together with the strangers',
    file: 'services/auth/commands/check-password.ts',
    search: 'counters: known ? counters : [',
    replace: 'counters: [',
    test: places,
  },
  {
    name: 'S7 what is slow on purpose takes the places of those who shop',
    file: 'kit/http/load-shedding.ts',
    search: ' own: 1 / 8,',
    replace: '',
    test: 'kit/http/load-shedding.test.ts',
  },
  {
    name: 'S7 signing in waits in the line of carts',
    file: 'services/auth/routes/sign-in.ts',
    search: "      priority: 'aside',\n",
    replace: '',
    test: places,
  },
  {
    name: 'S15 a search has as long as any other statement',
    file: 'kit/db/brief.ts',
    search: '{ ...options.connection, statement_timeout: limitMs }',
    replace: '{ ...options.connection }',
    test: brief,
  },
  {
    name: 'S15 searches come beside all other statements',
    file: 'kit/db/brief.ts',
    search: ' as ClientOptions, pool.gate, more)',
    replace: ' as ClientOptions, { ...pool.gate, enter: (granted) => granted(), leave() {} }, more)',
    test: brief,
  },
  {
    name: 'S15 behind a pooler a search has as long as any other statement',
    file: 'kit/db/brief.ts',
    search: "        await tx`select set_config('statement_timeout', ${`${limitMs}`}, true)`\n",
    replace: '',
    test: brief,
  },
  {
    name: 'S15 the engine searches for as long as it takes',
    file: 'services/search/engines/postgres.ts',
    search: "{ brief: sql }: Pick<Db, 'brief'>",
    replace: "{ sql }: Pick<Db, 'sql'>",
    test: 'services/search/bounded.int.test.ts',
  },
  {
    name: 'S15 the catalogue lists for as long as it takes',
    file: 'services/products/queries/list-products.ts',
    search: 'const db = deps.db.brief',
    replace: 'const db = deps.db.sql',
    test: 'services/products/lists.int.test.ts',
  },
  {
    name: 'S15 a question has as many words as somebody types',
    file: 'services/search/words.ts',
    search: '.slice(0, MOST_WORDS)',
    replace: '',
    test: 'services/search/words.test.ts',
  },
  {
    name: 'S30 a version of the API that is gone is only not found',
    file: 'kit/http/not-found.ts',
    search: '  refuseRetired(path, reply)\n',
    replace: '',
    test: 'kit/http/app.test.ts',
  },
  {
    name: 'S30 the bank of the simulated gateway is open in production',
    file: 'services/payments/routes/messages.ts',
    search: "  if (deps.environment === 'production') return [webhooks]\n",
    replace: '',
    test: inventory,
  },
  {
    name: 'S30 some addresses are in no documentation',
    file: 'kit/http/openapi.ts',
    search: "if (route.spec.access.kind === 'internal') continue",
    replace: "if (route.spec.access.kind === 'internal' || route.path.includes('/webhooks/')) continue",
    test: inventory,
  },
  {
    name: 'S36 pages are asked what they cannot be asked',
    file: 'kit/http/app.ts',
    search: ' && !NOT_FOR_PAGES.has(request.method)',
    replace: '',
    test: 'kit/http/pages.test.ts',
  },
  {
    name: 'S36 a page stands where a route does not have the method',
    file: 'kit/http/app.ts',
    search: ' && book(path).length === 0',
    replace: '',
    test: 'kit/http/pages.test.ts',
  },
  {
    name: 'S36 an error of ours that another fuzzer found is none',
    file: 'tests/security/fuzz/schemathesis.ts',
    search: '/server_?error/i.test(type)',
    replace: "type === ''",
    test: 'tests/security/fuzz/schemathesis.test.ts',
  },
]
