import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { unsafeIn, unsafeRules } from '#kit/db/migration-safety.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Files from before there was a release that anybody had to come from: their statements wait for no one. Published files are never edited, so
 * they stay here; nothing is added.
 */
const fromBefore: Readonly<Record<string, number>> = {
  'kit/process/migrations/003_stuck.sql': 1,
  'services/cart/migrations/003_clocks.sql': 3,
  'services/delivery/migrations/004_parked_messages.sql': 3,
  'services/inventory/migrations/005_reorder_index.sql': 1,
  'services/orders/migrations/003_promotions.sql': 1,
  'services/payments/migrations/003_parked_messages.sql': 3,
  'services/products/migrations/004_cards.sql': 1,
  'services/products/migrations/006_inline_texts.sql': 1,
  'services/products/migrations/008_cache.sql': 1,
  'services/products/migrations/010_cards_without_words.sql': 5,
  'services/search/migrations/001_documents.sql': 1,
  'services/search/migrations/003_rules.sql': 1,
  'services/search/migrations/004_log.sql': 1,
  'services/search/migrations/006_quicker_counts.sql': 1,
}

const files = ['apps/souk', 'kit', 'services'].flatMap((top) =>
  readdirSync(`${root}${top}`, { recursive: true, encoding: 'utf8' })
    .map((path) => `${top}/${path.replaceAll('\\', '/')}`)
    .filter((path) => /migrations\/[^/]+\.sql$/.test(path)),
)

describe('migrations', () => {
  it('change tables beside people who use them, and beside the release before; or say why they need not', () => {
    const unexcused = files.flatMap((path) =>
      unsafeIn(readFileSync(`${root}${path}`, 'utf8')).flatMap(({ excuse, line, rule, statement }) =>
        excuse === undefined ? [{ path, told: `${path}:${line}: "${statement}" ${unsafeRules[rule]}` }] : [],
      ),
    )
    const counts = Object.fromEntries([...Map.groupBy(unexcused, ({ path }) => path)].map(([path, all]) => [path, all.length]))
    const fresh = unexcused.filter(({ path }) => counts[path] !== fromBefore[path]).map(({ told }) => told)
    expect(fresh, 'docs/how-to-change-a-table.md says how').toEqual([])
    expect(counts).toEqual(fromBefore)
  })

  it('are found', () => {
    expect(files.length).toBeGreaterThan(60)
  })
})
