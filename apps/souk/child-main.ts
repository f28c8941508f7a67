// Entry point of the processes that `souk start` forks: the background process and additional HTTP workers.
import { createPinoLogger } from '#kit/service/pino-logger.ts'
import { loadProcesses, loadServices } from './load.ts'
import type { ChildMessage, ChildOrders } from './platform/children.ts'
import { type Part, startBackgroundPart, startHttpPart } from './platform/parts.ts'
import { openSecrets } from './secrets.ts'
import { readSettings } from './settings.ts'
import { version } from './version.ts'

const root = new URL('../../', import.meta.url)
const tell = (message: ChildMessage) => process.send?.(message)
let part: Part | undefined
let stopping = false

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await part?.stop()
  process.exit(0)
}

async function run(orders: ChildOrders): Promise<void> {
  const bootstrap = readSettings(process.env, { root })
  const loaded = await loadServices({ root, extensions: bootstrap.extensions })
  const services = loaded.map(({ service }) => service).filter(({ name }) => orders.only?.includes(name) ?? true)
  const settings = readSettings(process.env, { root, services })
  const secrets = await openSecrets({ dir: settings.dir, secret: settings.secret })
  const log = createPinoLogger({
    level: settings.logLevel,
    app: `souk-${orders.part}`,
    pretty: process.stdout.isTTY && settings.environment === 'development',
  })
  const options = { settings, secrets, services, processes: await loadProcesses(root), urls: orders.urls, log }
  part =
    orders.part === 'http'
      ? await startHttpPart(options, version(), { host: settings.host, port: orders.port })
      : await startBackgroundPart(options)
  if (stopping) await part.stop()
  else tell({ ready: true })
}

process.once('message', (orders: ChildOrders) => {
  run(orders).catch((error: unknown) => {
    tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    process.exit(1)
  })
})
process.on('SIGTERM', () => void stop())
// The terminal sends SIGINT to the whole group; the parent decides when we stop.
process.on('SIGINT', () => undefined)
// The parent is gone (kill -9): nobody else would ever stop us.
process.on('disconnect', () => void stop())
