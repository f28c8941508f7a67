import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Logger } from '#kit/service/logger.ts'
import type { Service } from '#kit/service/service.ts'
import { CommandError } from '../command.ts'
import { loadProcesses, loadServices } from '../load.ts'
import type { Secrets } from '../secrets.ts'
import { type Environment, readSettings, type Settings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { type Child, startChild } from './children.ts'
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
  const restart = (reason: string): void => {
    log.error({ reason }, 'PostgreSQL ended; starting it again')
    startDatabase({ settings: early, log, onExit: restart }).catch((error: unknown) =>
      log.error({ err: error }, 'PostgreSQL does not come back'),
    )
  }
  // The database takes its time to start; meanwhile the code is read.
  const [embedded, { services, settings }, processes] = await Promise.all([
    startDatabase({ settings: early, log, onExit: (reason) => (signal.aborted ? undefined : restart(reason)) }),
    load(options, early),
    loadProcesses(root),
  ])
  const parts: { http?: Part; background?: Child; workers: Child[] } = { workers: [] }
  try {
    const prepared = await prepareDatabases({ settings, secrets, services, log }, embedded)
    if (prepared.migrated.length > 0) log.info({ migrations: prepared.migrated.length }, 'the database was brought up to date')
    const orders = { urls: prepared.urls, only }
    const lost = (part: string) => (code: number | null) => {
      if (!signal.aborted) log.error({ part, code }, 'a process of the shop ended; restart the shop')
    }
    const background = startChild({ ...orders, part: 'background', port: 0 }, lost('background'))
    // If something else fails first, that is the error to tell.
    background.catch(() => undefined)
    const workers = settings.httpWorkers > 1
    const http = await startHttpPart({ settings, secrets, services, processes, urls: prepared.urls, log }, version(), undefined)
    parts.http = http
    const first = await provideFirstData(http.platform.host, settings, secrets)
    let port = settings.port
    if (workers) {
      parts.workers = await Promise.all(
        Array.from({ length: settings.httpWorkers }, () => startChild({ ...orders, part: 'http', port }, lost('http'))),
      )
    } else {
      await http.app.listen({ host: settings.host, port })
      port = (http.app.server.address() as AddressInfo).port
    }
    parts.background = await background
    announce(terminal, settings, port, Math.round(performance.now() - begun), first.administrator)
    if (!signal.aborted) await once(signal, 'abort')
    log.info({}, 'stopping: requests and work in flight finish first')
  } finally {
    await stopAll(parts, settings)
    await embedded?.stop()
  }
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
  { http, background, workers }: { http?: Part; background?: Child; workers: Child[] },
  settings: Settings,
): Promise<void> {
  const bound = settings.shutdownSeconds * 1000
  // First nobody may come in any more, then what they left behind is finished.
  await Promise.all([http?.stop(), ...workers.map((worker) => worker.stop(bound))])
  await background?.stop(bound)
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
