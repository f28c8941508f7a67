import { openDb } from '#kit/db/open.ts'
import { silentLogger } from '#kit/service/logger.ts'
import type { Service } from '#kit/service/service.ts'
import { defineCommand, exit, usageError } from '../command.ts'
import { openInstallation } from '../installation.ts'
import { startDatabase, urlsOf } from '../platform/database.ts'

/** Rows shown of one violated rule; the count is always the whole. */
const shown = 20

export const invariants = defineCommand({
  name: 'invariants',
  summary: 'Checks the rules that must always hold; exit code 3 when one is broken.',
  description:
    'Each service states its rules as a statement that returns a row for every violation: stock is never negative, money is never paid twice. Reads only; safe beside a running shop.',
  usage: '[service…]',
  arguments: [0, 99],
  options: {},
  async run(context) {
    const { terminal, arguments: names, signal } = context
    const installation = { ...(await openInstallation(context)), log: silentLogger }
    const unknown = names.find((name) => !installation.services.some((service) => service.name === name))
    if (unknown)
      throw usageError(
        `There is no service ${unknown}.`,
        `There are: ${installation.services.map(({ name }) => name).join(', ')}.`,
      )
    const services = installation.services.filter(
      ({ name, invariants = [] }) => invariants.length > 0 && (names.length === 0 || names.includes(name)),
    )
    const embedded = await startDatabase(installation)
    try {
      const urls = urlsOf(installation, embedded).services
      let checked = 0
      let broken = 0
      for (const service of services) {
        for await (const result of check(service, urls[service.name] as string)) {
          signal.throwIfAborted()
          checked += 1
          if (result.violations > 0) broken += 1
          terminal.data(result)
          terminal.text(
            `${result.violations === 0 ? 'holds ' : 'BROKEN'}  ${service.name}: ${result.name}${result.violations === 0 ? '' : ` (${result.violations} rows)`}`,
          )
          for (const row of result.rows)
            terminal.text(
              `          ${JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? String(value) : value))}`,
            )
        }
      }
      terminal.text(`${checked} rules checked, ${broken} broken.`)
      return broken > 0 ? exit.findings : exit.ok
    } finally {
      await embedded?.stop()
    }
  },
})

interface Result {
  service: string
  name: string
  violations: number
  rows: readonly Record<string, unknown>[]
  ms: number
}

async function* check(service: Service, url: string): AsyncIterable<Result> {
  const db = openDb({
    url,
    schema: service.name,
    applicationName: `souk invariants ${service.name}`,
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
