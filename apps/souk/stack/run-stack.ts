import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPinoLogger } from '#kit/service/pino-logger.ts'
import type { CommandContext } from '../command.ts'
import { keepDatabase } from '../platform/keep.ts'
import { secretText } from '../secrets.ts'
import { type Environment, linesForPeople, readSettings, type Settings } from '../settings.ts'
import { openControl, residentMb, type StackStatus } from './control.ts'
import { engineSettings, requireEngines } from './engines.ts'
import { readManifests } from './manifests.ts'
import { eachLine, prefixer } from './output.ts'
import { freeShift, requirePorts } from './ports.ts'
import { connectionsOf } from './connections.ts'
import { reportOf } from './report.ts'
import { openStack } from './stack.ts'
import { processesOf, type StackProcess, type Topology } from './topology.ts'

export interface RunStackOptions {
  readonly topology: Topology
  readonly engines: readonly string[]
  readonly instances: number
}

type Context = Pick<CommandContext, 'environment' | 'terminal' | 'root' | 'signal'>

/** Runs the split shop until the signal. */
export async function runStack(context: Context, options: RunStackOptions): Promise<void> {
  const { terminal, root, signal } = context
  const begun = performance.now()
  const used = engineSettings(options.engines, context.environment)
  const environment: Environment = { ...context.environment, ...used }
  const settings = readSettings(environment, { root })
  await requireEngines(used)
  const log = createPinoLogger({
    level: settings.logLevel,
    app: 'souk-stack',
    pretty: linesForPeople(settings, terminal.interactive),
  })
  const { processes, publicUrl } = await place(settings, environment, root, options)
  const connections = connectionsOf(processes.length, environment.DATABASE_CONNECTIONS)
  const database = keepDatabase(settings, log, signal, undefined, { max_connections: connections.server })
  try {
    const embedded = await database.start()
    const given = {
      ...environment,
      DATABASE_URL: embedded?.adminUrl ?? settings.databaseUrl,
      SOUK_SECRET: await secretText(settings),
      PUBLIC_URL: publicUrl,
      OBJECTS_URL: settings.objectsUrl,
      DATABASE_CONNECTIONS: connections.each,
      LOG_FORMAT: linesForPeople(settings, terminal.interactive) ? 'text' : 'json',
    }
    const report = reportOf(
      terminal,
      prefixer(
        processes.map(({ name }) => name),
        terminal.interactive,
      ),
    )
    const stack = openStack({
      processes,
      environment: given,
      environmentOf: ({ name }) => ({ SOUK_DIR: join(settings.dir, 'processes', name) }),
      root,
      host: settings.host,
      log,
      shutdownSeconds: settings.shutdownSeconds,
      onLine: ({ name }, line) => report.line(name, line),
      onChange: ({ name }, state, details) => report.change(name, state, details),
    })
    const status = async (): Promise<StackStatus> => ({
      topology: options.topology,
      url: urlOf(processes, settings.host),
      engines: options.engines,
      pid: process.pid,
      rssMb: await residentMb(process.pid),
      processes: await Promise.all(
        stack.kept.map(async (kept) => ({
          name: kept.process.name,
          services: kept.process.services,
          state: kept.state,
          url: kept.ready?.url ?? null,
          pid: kept.pid ?? null,
          restarts: kept.restarts,
          startedAt: kept.startedAt?.toISOString() ?? null,
          rssMb: await residentMb(kept.pid),
        })),
      ),
    })
    const control = await openControl(settings.dir, { status, restart: stack.restart })
    try {
      const aborted = once(signal, 'abort')
      if (!signal.aborted) await Promise.race([stack.start(), aborted])
      if (!signal.aborted) {
        const administrator = stack.kept.map(({ ready }) => ready?.administrator).find(Boolean)
        report.ready({ ...(await status()), administrator, milliseconds: Math.round(performance.now() - begun) })
        if (settings.seedDemo) void fillDemo(given, urlOf(processes, settings.host), root, (line) => report.line('demo', line))
        await aborted
      }
    } finally {
      report.stopping()
      await stack.stop()
      await control.close()
    }
  } finally {
    await database.stop()
  }
}

const urlOf = (processes: readonly StackProcess[], host: string) =>
  `http://${host === '0.0.0.0' || host === '127.0.0.1' ? 'localhost' : host}:${(processes.find(({ door }) => door) ?? processes[0])!.port}`

/** A shop that sells nothing yet gets the demo data: `souk seed`, in a process of its own. */
async function fillDemo(environment: Environment, url: string, root: URL, onLine: (line: string) => void): Promise<void> {
  try {
    const answer = await fetch(`${url}/api/products?limit=1`, { signal: AbortSignal.timeout(10_000) })
    const { items } = (await answer.json()) as { items: unknown[] }
    if (items.length > 0) return
  } catch {
    return
  }
  const child = spawn(process.execPath, [fileURLToPath(new URL('apps/souk/main.ts', root)), 'seed'], {
    cwd: fileURLToPath(root),
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  for (const stream of [child.stdout, child.stderr]) if (stream) eachLine(stream, onLine)
}

/** Which processes there will be, on which ports, and how shoppers reach them. */
async function place(
  settings: Settings,
  environment: Environment,
  root: URL,
  { topology, instances }: RunStackOptions,
): Promise<{ processes: StackProcess[]; publicUrl: string }> {
  const manifests = await readManifests(root, settings.extensions)
  const at = (shift: number) => processesOf(manifests, topology, { instances, shift })
  const door = at(0).find((process) => process.door)?.port ?? settings.port
  const shift = settings.port === 0 ? await freeShift(settings.host, at) : settings.port - door
  const processes = at(shift)
  await requirePorts(settings.host, processes)
  const publicUrl = environment.PUBLIC_URL?.trim() || `http://localhost:${door + shift}`
  return { processes, publicUrl }
}
