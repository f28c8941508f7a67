import cluster from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Membership } from '#kit/discovery/membership.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Service } from '#kit/service/service.ts'
import { loadProcesses } from '../load.ts'
import type { Secrets } from '../secrets.ts'
import { type Environment, readSettings, type Settings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import type { Work } from './background-part.ts'
import { announce, announceDemo } from './announce.ts'
import { prepareDatabases } from './database.ts'
import { graceOf } from './grace.ts'
import { provideFirstData } from './first-data.ts'
import { startHttpPart } from './http-part.ts'
import { type KeptChild, keepChild, keepDatabase } from './keep.ts'
import { loadPart } from './load-part.ts'
import { openMarks } from './marks.ts'
import type { Part } from './platform.ts'
import type { AskAll, Question } from './process-questions.ts'
import type { Recent } from './recent.ts'
import { refuseTakenPort } from './port.ts'
import { rereading } from './rereading.ts'

export interface RunOptions {
  readonly environment: Environment
  readonly terminal: Terminal
  readonly root: URL
  readonly signal: AbortSignal
  readonly secrets: Secrets
  readonly log: Logger
  readonly recent: Recent
  /** names of the services to run; undefined: all */
  readonly only: readonly string[] | undefined
  /** everything that needs memory only once is loaded */
  readonly onReady?: () => void
  /** other hosts still use the embedded database: leave it running */
  readonly shared?: () => Promise<boolean>
}

/** Runs the installation until the signal; returns when everything has stopped. */
export async function runInstallation(options: RunOptions): Promise<void> {
  const { environment, terminal, root, signal, secrets, log, recent, only } = options
  const begun = performance.now()
  const early = readSettings(environment, { root })
  if (!only) await refuseTakenPort(early)
  // The children read their code while the database starts and this process reads its own; what to do they are told later.
  const inside = !(early.backgroundProcess ?? only?.length !== 1) && early.httpWorkers === 1
  const background = inside ? undefined : keepChild('background', only, log, signal, { environment })
  const running: Running = { children: background ? [background] : [] }
  const askAll: AskAll = async (question) => {
    const own = (process: string, answer: Promise<unknown> | undefined) => answer?.then((said) => ({ process, answer: said }))
    const asked = [
      own('http', running.http?.tell?.(question)),
      // in this process too: what it did last has been told
      question.of === 'metrics' ? own('background', running.work?.measured()) : undefined,
      ...running.children.map((child, index) => toldBy(child, index, question)),
    ]
    return (await Promise.all(asked)).filter((told) => told !== undefined)
  }
  const database = keepDatabase(early, log, signal, options.shared)
  try {
    const [embedded, { services, elsewhere, others, settings, peers }, processes] = await Promise.all([
      database.start(),
      loadPart(options),
      loadProcesses(root),
    ])
    running.settings = settings
    const wished = portOf(options, services, early)
    const reread = rereading({ environment, root, only, services })
    const platform = {
      settings,
      secrets,
      services,
      elsewhere,
      others,
      processes,
      peers,
      log,
      recent,
      part: only !== undefined,
      reread,
    }
    const prepared = await prepareDatabases(platform, embedded)
    if (prepared.migrated.length > 0) log.info({ migrations: prepared.migrated.length }, 'the database was brought up to date')
    const marks = openMarks(prepared.urls.platform)
    running.marks = marks
    const orders = { urls: prepared.urls, port: wished }
    const works = background?.begin({ ...orders, port: 0 })
    // If something else fails first, that is the error to tell.
    works?.catch(() => undefined)
    const http = await startHttpPart({ ...platform, urls: prepared.urls }, version(), undefined, askAll, { inside })
    running.http = http
    if (inside) running.work = await startWorkInside(http.platform, { ...platform, urls: prepared.urls })
    const first = await provideFirstData({ host: http.platform.host, settings, secrets, marks, log, whole: !only, signal })
    const port =
      settings.httpWorkers > 1
        ? await startWorkers(running, environment, settings, only, orders, log, signal, askAll)
        : await http.listen({ host: settings.host, port: wished })
    await works
    if (settings.registryUrls.length > 0) {
      const { joinAs } = await import('./discovery.ts')
      running.member = joinAs({ settings, secrets, services, log, port, ready: http.ready })
    }
    options.onReady?.()
    announce(terminal, settings, {
      port,
      only,
      milliseconds: Math.round(performance.now() - begun),
      administrator: first.administrator,
    })
    if (settings.webPages && !only && settings.environment !== 'test') preparePages(log)
    if (first.demo && !signal.aborted)
      running.demo = fillDemo(running, environment, terminal, { ...orders, port: 0 }, log, signal)
    if (!signal.aborted) await once(signal, 'abort')
    log.info({}, 'stopping: requests and work in flight finish first')
  } finally {
    await stopAll(running, running.settings ?? early)
    await database.stop()
  }
}

/** While nobody looks yet, so that the first page need not wait for it. */
function preparePages(log: Logger): void {
  void import('../faces/faces.ts')
    .then(({ buildFaces }) => buildFaces(log))
    .catch((error: unknown) => log.error({ err: error }, 'the web pages cannot be built; the API is open'))
}

interface Running {
  /** once all sources of settings were read */
  settings?: Settings
  http?: Part
  /** background work in this process */
  work?: Work
  marks?: { close(): Promise<void> }
  demo?: Promise<void>
  /** of the registry */
  member?: Membership
  readonly children: KeptChild[]
}

/** Workers are told apart by their number. */
const toldBy = async (child: KeptChild, index: number, question: Question) => {
  const told = await child.told(question)
  return told && child.part === 'http' ? { ...told, process: `http-${index + 1}` } : told
}

type Orders = Parameters<KeptChild['begin']>[0]

async function startWorkers(
  running: Running,
  environment: Environment,
  settings: Settings,
  only: readonly string[] | undefined,
  orders: Orders,
  log: Logger,
  signal: AbortSignal,
  askAll: AskAll,
): Promise<number> {
  const workers = Array.from({ length: settings.httpWorkers }, () =>
    keepChild('http', only, log, signal, { askAll, environment }),
  )
  running.children.unshift(...workers)
  // with port 0 all workers share one that the system chose
  const listening = once(cluster, 'listening') as Promise<[unknown, { port: number }]>
  await Promise.all(workers.map((worker) => worker.begin(orders)))
  const [, { port }] = await listening
  return port
}

/** In a process of its own: the memory that drawing pictures takes goes with it. */
async function fillDemo(
  running: Running,
  environment: Environment,
  terminal: Terminal,
  orders: Orders,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const begun = performance.now()
  announceDemo(terminal)
  const child = keepChild('demo', undefined, log, signal, { once: true, environment })
  running.children.push(child)
  try {
    await child.begin(orders)
    const code = await child.ended
    if (code === 0 && !signal.aborted) announceDemo(terminal, Math.round(performance.now() - begun))
    else if (!signal.aborted) log.warn({ code }, 'the demo shop could not be filled; the next start goes on with it')
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error }, 'the demo shop could not be filled; the next start goes on with it')
  }
}

/** Of a service alone its own port, else PORT. */
function portOf({ environment, only }: RunOptions, services: readonly Service[], early: Settings): number {
  const alone = only?.length === 1 && !environment.PORT?.trim() ? services[0] : undefined
  return alone?.port ?? early.port
}

/** Loaded only where it is wanted. */
async function startWorkInside(...args: Parameters<typeof import('./background-part.ts').startWork>) {
  const { startWork } = await import('./background-part.ts')
  return await startWork(...args)
}

async function stopAll({ http, work, children, marks, demo, member }: Running, settings: Settings): Promise<void> {
  const { wholeMs, toldMs, workMs } = graceOf(settings)
  const over = performance.now() + wholeMs
  const [workers, others] = [children.filter(({ part }) => part === 'http'), children.filter(({ part }) => part !== 'http')]
  if (member) {
    // Those who send requests here hear of it a moment later; until then they are served. A registry that is away gets no more time.
    for (const each of [http, ...workers]) each?.letGo?.()
    void member.leave()
    await delay(toldMs)
  }
  // First nobody may come in any more, then what they left behind is finished.
  await Promise.all([http?.stop(work?.stop), ...workers.map((worker) => worker.stop(over - performance.now()))])
  const left = Math.max(workMs, over - performance.now())
  await Promise.all(others.map((child) => child.stop(left)))
  await demo
  await marks?.close()
}
