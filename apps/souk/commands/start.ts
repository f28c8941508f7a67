import { defineCommand } from '../command.ts'
import { lockInstance } from '../instance-lock.ts'
import { configured } from '../configured.ts'
import { readSettings } from '../settings.ts'
import { version } from '../version.ts'

export const start = defineCommand({
  name: 'start',
  summary: 'Starts the whole shop: database, services, background work.',
  description:
    'Starts everything on one machine. The first start creates the database, the secrets and a demo shop. SIGTERM and Ctrl-C stop it gracefully.',
  options: {},
  run: async (context) => {
    const environment = await configured(context, undefined)
    const settings = readSettings(environment, { root: context.root })
    const lock = await lockInstance(settings.dir, version())
    try {
      const { runHost } = await import('../platform/run-host.ts')
      await runHost({ ...context, environment }, settings, undefined)
    } finally {
      await lock.release()
    }
  },
})
