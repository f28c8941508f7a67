import { defineCommand } from '../command.ts'
import { lockServices, runningServices } from '../instance-lock.ts'
import { withoutPort } from '../platform/peers.ts'
import { configured } from '../configured.ts'
import { readSettings } from '../settings.ts'
import { version } from '../version.ts'

export const serve = defineCommand({
  name: 'serve',
  summary: 'Runs only the named services, with their HTTP and background parts.',
  usage: '<service…>',
  arguments: [1, 99],
  description: `One service listens on its own port, several on PORT (8080); PORT decides where it is set. Services that do not run here are called at
    SOUK_PEERS, or on this machine at their own ports. Processes on the same SOUK_DIR share the embedded database and the secrets; on several
    machines give all of them the same DATABASE_URL, SOUK_SECRET and PUBLIC_URL.`,
  options: {},
  run: async (context) => {
    const only = [...new Set(context.arguments)]
    const environment = await configured(context, only)
    const settings = readSettings(withoutPort(environment), { root: context.root })
    const lock = await lockServices(settings.dir, version(), only)
    try {
      const { runHost } = await import('../platform/run-host.ts')
      const shared = async () => (await runningServices(settings.dir)).some(({ instance }) => instance.pid !== process.pid)
      await runHost({ ...context, environment }, settings, only, shared)
    } finally {
      await lock.release()
    }
  },
})
