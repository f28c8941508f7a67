import { silentLogger } from '#kit/service/logger.ts'
import { defineCommand, exit, usageError } from '../command.ts'
import { openInstallation } from '../installation.ts'
import { checkRules } from '../platform/check-rules.ts'
import { urlsOf } from '../platform/database-plan.ts'
import { startDatabase } from '../platform/database.ts'

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
        for await (const result of checkRules(service, urls[service.name] as string)) {
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
