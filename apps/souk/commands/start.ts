import { createPinoLogger } from '#kit/service/pino-logger.ts'
import { defineCommand } from '../command.ts'
import { lockInstance } from '../instance-lock.ts'
import { runInstallation } from '../platform/run.ts'
import { openSecrets } from '../secrets.ts'
import { readSettings } from '../settings.ts'
import { version } from '../version.ts'

export const start = defineCommand({
  name: 'start',
  summary: 'Starts the whole shop: database, services, background work.',
  description:
    'Starts everything on one machine. The first start creates the database, the secrets and a demo shop. SIGTERM and Ctrl-C stop it gracefully.',
  options: {},
  run: async ({ environment, terminal, root, signal }) => {
    const settings = readSettings(environment, { root })
    const lock = await lockInstance(settings.dir, version())
    try {
      const secrets = await openSecrets({ dir: settings.dir, secret: settings.secret })
      const log = createPinoLogger({
        level: settings.logLevel,
        app: 'souk',
        pretty: terminal.interactive && settings.environment === 'development',
      })
      await runInstallation({ environment, terminal, root, signal, secrets, log, only: undefined })
    } finally {
      await lock.release()
    }
  },
})
