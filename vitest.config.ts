import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const skip = ['**/node_modules/**', '**/.souk/**', 'apps/storefront/build/**', 'apps/admin/build/**', 'apps/mobile/**']

/** Suites against real engines, and those of them whose engine is named: bin/engines.json has the variable of each. */
const engines = Object.entries(
  JSON.parse(readFileSync(new URL('bin/engines.json', import.meta.url), 'utf8')) as Record<string, string>,
)
const suitesOf = (some: typeof engines) => some.map(([engine]) => `**/*.${engine}.test.ts`)

/**
 * `*.test.ts` are unit tests: no I/O, milliseconds. `*.int.test.ts` meet a real PostgreSQL, started once per run; `*.e2e.test.ts` and
 * `*.security.test.ts` the whole shop.
 * Aliases (#kit, #contracts) are Node's own, from package.json.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    // the machine also runs PostgreSQL; more workers make everything slower on two cores
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [
            ...skip,
            '**/*.int.test.ts',
            '**/*.e2e.test.ts',
            '**/*.security.test.ts',
            '**/*.browser.test.ts',
            ...suitesOf(engines),
          ],
          testTimeout: 5_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['**/*.int.test.ts'],
          exclude: skip,
          globalSetup: ['./kit/testing/global-setup.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      // Real engines, one suite at a time.
      {
        test: {
          name: 'engines',
          include: suitesOf(engines.filter(([, variable]) => process.env[variable])),
          exclude: skip,
          globalSetup: ['./kit/testing/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 40_000,
          hookTimeout: 60_000,
        },
      },
      // The whole platform as real processes, over HTTP. Two files at a time, each with a shop of its own, wait as much as they work;
      // those that share a split shop follow each other (tests/e2e/run-vitest.ts).
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.e2e.test.ts', 'tests/chaos/**/*.e2e.test.ts'],
          globalSetup: ['./tests/e2e/first-start.ts', './tests/e2e/shop-keeper.ts'],
          testTimeout: 30_000,
          // a shop in a dozen processes starts slowly on a busy machine
          hookTimeout: 240_000,
        },
      },
      // The shop in a real browser, two files at a time: a page waits as much as it works.
      {
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.browser.test.ts'],
          globalSetup: ['./tests/e2e/first-start.ts'],
          testTimeout: 90_000,
          hookTimeout: 200_000,
        },
      },
      // Attacks on a running shop (docs/security.md). Each file starts a shop of its own.
      {
        test: {
          name: 'security',
          include: ['tests/security/**/*.security.test.ts'],
          globalSetup: ['./tests/e2e/first-start.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
})
