import type { Mutant } from './mutant.ts'

/** Guards of what staff see of the machinery, and of who becomes staff. */
export const operationsGuards: readonly Mutant[] = [
  {
    name: 'staff: rights go to whoever registered an e-mail address',
    file: 'services/auth/commands/govern-accounts.ts',
    search: '    requireProvenAddress(by, account, roles)\n',
    replace: '',
    test: 'services/auth/credentials.int.test.ts',
  },
  {
    name: 'live: a page hears of what its reader may not see',
    file: 'apps/souk/operations/live-stream.ts',
    search: 'const told = news.filter(({ area }) => areas.has(area))',
    replace: 'const told = areas.size > 0 ? news : []',
    test: 'apps/souk/operations/live.test.ts',
  },
  {
    name: 'live: whoever signed out goes on hearing',
    file: 'apps/souk/operations/live.ts',
    search: '      } catch {\n        end(stream)\n      }',
    replace: '      } catch {\n        stream.next += 0\n      }',
    test: 'apps/souk/operations/live.test.ts',
  },
  {
    name: 'operations: a command whose answer was lost goes to another instance too',
    file: 'apps/souk/operations/other-processes.ts',
    search: 'elsewhere: reads(what.route) || neverConnected(error.cause)',
    replace: 'elsewhere: neverConnected(error.cause) || true',
    test: 'apps/souk/operations/across-processes.test.ts',
  },
  {
    name: 'settings: a secret is shown',
    file: 'apps/souk/operations/settings-view.ts',
    search: '  if (secret) return HIDDEN\n',
    replace: '',
    test: 'apps/souk/operations/operations.int.test.ts',
  },
  {
    name: 'recent lines: they say whom they are about',
    file: 'kit/service/recent-lines.ts',
    search: '!PERSONAL.has(key) && ',
    replace: '',
    test: 'kit/service/recent-lines.test.ts',
  },
  {
    name: 'caches: health does not tell how often they help',
    file: 'apps/souk/platform/caches.ts',
    search: '({ ...stats, hitRate: rateOf(stats) ?? null })',
    replace: '({ ...stats })',
    test: 'apps/souk/platform/caches.test.ts',
  },
  {
    name: 'caches: metrics do not tell how often they help',
    file: 'apps/souk/platform/caches.ts',
    search: "  gauge('cache_hit_rate', 'Share of answers that came from memory since the start; 0 to 1', rateOf)\n",
    replace: '',
    test: 'apps/souk/platform/caches.test.ts',
  },
  {
    name: 'caches: nobody is told how much memory they take',
    file: 'apps/souk/platform/caches.ts',
    search: "  gauge('cache_bytes', 'Memory that kept answers take', (stats) => stats.bytes)\n",
    replace: '',
    test: 'apps/souk/platform/caches.test.ts',
  },
]
