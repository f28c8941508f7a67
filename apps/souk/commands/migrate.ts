import { silentLogger } from '#kit/service/logger.ts'
import { defineCommand } from '../command.ts'
import { openInstallation } from '../installation.ts'
import { pendingOf, prepareDatabases, startDatabase } from '../platform/database.ts'

export const migrate = defineCommand({
  name: 'migrate',
  summary: 'Brings every database up to date; `start` does the same.',
  description:
    'Creates missing roles and schemas and runs the migrations that are due, each in a transaction of its own. Safe to run again, and beside a running shop: a migration waits half a second for a table and tries again; one that would lock a large table is refused.',
  options: {
    'dry-run': { summary: 'only list what would run' },
    stopped: { summary: 'the shop is stopped: run also what would lock a large table' },
  },
  async run(context) {
    const { terminal, options } = context
    const installation = { ...(await openInstallation(context)), log: silentLogger }
    const embedded = await startDatabase(installation)
    try {
      const names = options['dry-run']
        ? await pendingOf(installation, embedded)
        : (await prepareDatabases({ ...installation, stopped: options.stopped === true }, embedded)).migrated
      for (const name of names) terminal.text(name)
      terminal.text(
        names.length === 0
          ? 'Everything is up to date.'
          : `${names.length} migrations ${options['dry-run'] ? 'are due' : 'ran'}.`,
      )
      terminal.data({ dryRun: options['dry-run'], migrations: names })
    } finally {
      await embedded?.stop()
    }
  },
})
