import { openDb } from '#kit/db/open.ts'
import type { Service } from '#kit/service/service.ts'

/** Rows shown of one violated rule; the count is always the whole. */
const shown = 20

/** What one rule of a service found. */
export interface RuleResult {
  service: string
  name: string
  violations: number
  rows: readonly Record<string, unknown>[]
  ms: number
}

/** Asks the rules of a service that must always hold, one after another. Reads only. */
export async function* checkRules(service: Service, url: string): AsyncIterable<RuleResult> {
  const db = openDb({
    url,
    schema: service.name,
    applicationName: `souk rules ${service.name}`,
    max: 1,
    timeouts: { connect: 5_000, statement: 600_000, poolWait: 600_000 },
  })
  try {
    for (const { name, sql } of service.invariants ?? []) {
      const begun = performance.now()
      const rows = await db.sql.unsafe<Record<string, unknown>[]>(sql)
      yield {
        service: service.name,
        name,
        violations: rows.length,
        rows: rows.slice(0, shown),
        ms: Math.round(performance.now() - begun),
      }
    }
  } finally {
    await db.close()
  }
}
