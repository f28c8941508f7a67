import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import type { EmbeddedPostgres } from '#kit/db/embedded.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Service } from '#kit/service/service.ts'
import { CommandError } from '../command.ts'
import { loadProcesses, loadServices } from '../load.ts'
import type { Secrets } from '../secrets.ts'
import { type Environment, readSettings, type Settings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { type Child, type ChildOrders, startChild } from './children.ts'
import { prepareDatabases, startDatabase } from './database.ts'
import { provideFirstData } from './first-data.ts'
import { type Part, startHttpPart } from './parts.ts'

export interface RunOptions {
  readonly environment: Environment
  readonly terminal: Terminal
  readonly root: URL
  readonly signal: AbortSignal
  readonly secrets: Secrets
  readonly log: Logger
  /** names of the services to run; undefined: all */
  readonly only: readonly string[] | undefined
}

/** Runs the installation until the signal; returns when everything has stopped. */
export async function runInstallation(options: RunOptions): Promise<void> {
  const { environment, terminal, root, signal, secrets, log, only } = options
  const begun = performance.now()
  const early = readSettings(environment, { root })
  const database = keepDatabase(early, log, signal)
  // The database takes its time to start; meanwhile the code is read.
  const [embedded, { services, settings }, processes] = await Promise.all([
    database.start(),
    load(options, early),
    loadProcesses(root),
  ])
  const parts: { http?: Part; background?: Promise<Pick<Child, 'stop'>>; workers: Pick<Child, 'stop'>[] } = { workers: [] }
  try {
    const prepared = await prepareDatabases({ settings, secrets, services, log }, embedded)
    if (prepared.migrated.length > 0) log.info({ migrations: prepared.migrated.length }, 'the database was brought up to date')
    const orders = { urls: prepared.urls, only }
    parts.background = keepChild({ ...orders, part: 'background', port: 0 }, log, signal)
    // If something else fails first, that is the error to tell.
    parts.background.catch(() => undefined)
    const workers = settings.httpWorkers > 1
    const http = await startHttpPart({ settings, secrets, services, processes, urls: prepared.urls, log }, version(), undefined)
    parts.http = http
    const first = await provideFirstData(http.platform.host, settings, secrets)
    let port = settings.port
    if (workers) {
      parts.workers = await Promise.all(
        Array.from({ length: settings.httpWorkers }, () => keepChild({ ...orders, part: 'http', port }, log, signal)),
      )
    } else {
      await http.app.listen({ host: settings.host, port })
      port = (http.app.server.address() as AddressInfo).port
    }
    await parts.background
    announce(terminal, settings, port, Math.round(performance.now() - begun), first.administrator)
    if (!signal.aborted) await once(signal, 'abort')
    log.info({}, 'stopping: requests and work in flight finish first')
  } finally {
    await stopAll(parts, settings)
    await database.stop()
  }
}

/** The embedded server, brought back when it ends without being asked to: same data, same port. */
function keepDatabase(settings: Settings, log: Logger, signal: AbortSignal) {
  let running: Promise<EmbeddedPostgres | undefined> = Promise.resolve(undefined)
  const start = (): Promise<EmbeddedPostgres | undefined> => {
    running = startDatabase({
      settings,
      log,
      onExit: (reason) => {
        if (signal.aborted) return
        log.error({ reason }, 'PostgreSQL ended; starting it again')
        start().catch((error: unknown) => log.error({ err: error }, 'PostgreSQL does not come back'))
      },
    })
    return running
  }
  return { start, stop: async () => await (await running.catch(() => undefined))?.stop() }
}

/** A child that is started again when it ends without being asked to. */
async function keepChild(orders: ChildOrders, log: Logger, signal: AbortSignal): Promise<Pick<Child, 'stop'>> {
  let child: Promise<Child>
  const start = (): Promise<Child> =>
    startChild(orders, (code) => {
      if (signal.aborted) return
      log.error({ part: orders.part, code }, 'a process of the shop ended; starting another')
      child = delay(500).then(start)
      child.catch((error: unknown) => log.error({ err: error }, 'it does not come back; restart the shop'))
    })
  child = start()
  await child
  return { stop: async (milliseconds) => await (await child.catch(() => undefined))?.stop(milliseconds) }
}

async function load(
  { environment, root, only }: RunOptions,
  early: Settings,
): Promise<{ services: Service[]; settings: Settings }> {
  const loaded = await loadServices({ root, extensions: early.extensions })
  const names = loaded.map(({ service }) => service.name)
  const unknown = only?.filter((name) => !names.includes(name)) ?? []
  if (unknown.length > 0)
    throw new CommandError(`There is no service ${unknown.join(', ')}.`, { mend: `There are: ${names.join(', ')}.` })
  const services = loaded.map(({ service }) => service).filter(({ name }) => only?.includes(name) ?? true)
  return { services, settings: readSettings(environment, { root, services }) }
}

async function stopAll(
  { http, background, workers }: { http?: Part; background?: Promise<Pick<Child, 'stop'>>; workers: Pick<Child, 'stop'>[] },
  settings: Settings,
): Promise<void> {
  const bound = settings.shutdownSeconds * 1000
  // First nobody may come in any more, then what they left behind is finished.
  await Promise.all([http?.stop(), ...workers.map((worker) => worker.stop(bound))])
  const child = await background?.catch(() => undefined)
  await child?.stop(bound)
}

function announce(
  terminal: Terminal,
  settings: Settings,
  port: number,
  milliseconds: number,
  administrator: { email: string; password: string } | undefined,
): void {
  const url = `http://${settings.host === '0.0.0.0' || settings.host === '127.0.0.1' ? 'localhost' : settings.host}:${port}`
  terminal.data({ ready: true, url, port, milliseconds, pid: process.pid, administrator })
  terminal.text(`\n  Souk is open: ${url}   (ready in ${(milliseconds / 1000).toFixed(1)} s)\n`)
  terminal.text(`  Products   ${url}/api/products`)
  terminal.text(`  API        ${url}/swagger-ui.html`)
  terminal.text(`  Health     ${url}/actuator/health`)
  if (administrator) terminal.text(`  Sign in    ${administrator.email} / ${administrator.password}`)
  terminal.text('')
}
