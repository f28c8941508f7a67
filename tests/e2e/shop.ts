import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '#kit/testing/eventually.ts'
import { expectGone } from '#kit/testing/processes.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { endDatabase } from './embedded-database.ts'
import { afterFirstStart } from './first-start.ts'
import { sharedShop } from './shared-shop.ts'
import { command } from './souk-command.ts'
import { type Layout, launch, shopNames } from './topology.ts'

/** The line that says "ready", behind what earlier starts wrote; a shop that ends before is noticed elsewhere. */
const readyIn = (file: string, from: number): Promise<string> =>
  eventually(
    () => {
      const line = readFileSync(file)
        .subarray(from)
        .toString()
        .split('\n')
        .findLast((text) => text.startsWith('{"ready":true'))
      if (!line) throw new Error('not ready yet')
      return line
    },
    { timeoutMs: 600_000, everyMs: 50 },
  )

/**
 * The whole platform as a user starts it, in the topology of the run: on a folder and ports of its own. Tests talk to it over HTTP only.
 */
export interface Shop {
  /** tells it from others on the same engines */
  readonly name: string
  readonly url: string
  /** of the process that was started */
  readonly pid: number
  readonly administrator: { readonly email: string; readonly password: string }
  /** SOUK_DIR: database, secrets, pictures */
  readonly folder: string
  /** everything the shop printed */
  readonly output: readonly string[]
  /** SIGKILL, of every process of a split shop: nothing is tidied up */
  kill(): Promise<void>
  /** Starts it again on the same folder, after `kill` or `stop`. */
  start(): Promise<void>
  /** SIGTERM; waits for the graceful end and returns the exit code */
  stop(): Promise<number | null>
  /** `souk <command> --json` on the same folder: exit code and lines of the answer */
  command(...args: string[]): Promise<{ code: number | null; lines: Record<string, unknown>[]; errors: string }>
  /** ends it and removes everything; a shop that other files share stays */
  remove(): Promise<void>
}

interface Ready {
  readonly url: string
  readonly pid: number
  readonly administrator: Shop['administrator']
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A plain first start on this folder, and its end. */
export async function startOnce(folder: string): Promise<void> {
  const shop = await openOwnShop({ SOUK_DIR: folder, WEB_PAGES: 'false' })
  const code = await shop.stop()
  if (code !== 0) throw new Error(`the first start ended with ${code}:\n${shop.output.slice(-20).join('\n')}`)
}

/**
 * The shop that the files of the run share, where they share one with these settings; else one of its own, which `layout` and `logFile` want in any
 * case. `environment` adds settings; rate limits are off, they have tests of their own. With `logFile` its lines go there and not through this
 * process, which has other things to do under load.
 */
export async function openShop(environment: Record<string, string> = {}, logFile?: string, layout?: Layout): Promise<Shop> {
  const shared = logFile || layout ? undefined : await sharedShop(environment)
  const shop = shared ?? (await openOwnShop(environment, logFile, layout))
  shopNames.add(shop.name)
  return shop
}

export interface OwnShop extends Shop {
  readonly environment: NodeJS.ProcessEnv
  /** Ctrl-C: the terminal sends SIGINT to the whole group of a split shop. */
  interrupt(): Promise<number | null>
}

/** Opens a shop on a folder of its own: in a run of several files as a first start has left it, unless `environment` says where its data are. */
export async function openOwnShop(
  environment: Record<string, string> = {},
  logFile?: string,
  layout = launch(),
): Promise<OwnShop> {
  const folder = await shopFolder('e2e')
  const split = layout.command[0] === 'stack'
  if (!split) await afterFirstStart(join(folder, 'souk'), environment, startOnce)
  const env = {
    ...process.env,
    ...layout.environment,
    SOUK_DIR: join(folder, 'souk'),
    PORT: '0',
    RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
    SEED_DEMO: 'false',
    ...environment,
  }
  const output: string[] = []
  let child: ChildProcess | undefined
  let ready: Ready | undefined
  /** process of a split shop → its pid */
  const parts = new Map<string, number>()

  async function start(): Promise<void> {
    const written = logFile ? (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) : 0
    const started = spawn(process.execPath, ['apps/souk/main.ts', ...layout.command, '--json'], {
      cwd: layout.code ?? root,
      env,
      // a group of its own, as a terminal makes one
      detached: split,
      stdio: ['ignore', logFile ? openSync(logFile, 'a') : 'pipe', 'pipe'],
    })
    child = started
    // whoever is told to stop, or fails, in the middle of a run leaves no shop behind
    const stopWithUs = () => started.kill('SIGTERM')
    process.once('exit', stopWithUs)
    started.once('exit', () => process.off('exit', stopWithUs))
    const ended = once(started, 'exit').then(([code]) =>
      Promise.reject(new Error(`the shop ended with ${code} before it was ready:\n${output.slice(-20).join('\n')}`)),
    )
    const open = new Promise<NonNullable<typeof ready>>((resolve, reject) => {
      const take = (line: string) => {
        output.push(line)
        if (line.startsWith('{"ready":true')) resolve(JSON.parse(line))
        if (line.startsWith('{"process":')) {
          const { process: name, pid } = JSON.parse(line) as { process: string; pid?: number }
          if (pid) parts.set(name, pid)
        }
      }
      for (const stream of [started.stdout, started.stderr]) {
        if (stream) createInterface({ input: stream }).on('line', take)
      }
      if (logFile) readyIn(logFile, written).then(take, reject)
    })
    ready = await Promise.race([open, ended])
    ended.catch(() => undefined)
    if (process.env.E2E_PROCESSES)
      writeFileSync(process.env.E2E_PROCESSES, JSON.stringify(parts.size > 0 ? [...parts.keys()] : ['http', 'background']))
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const running = child
    if (!running || running.exitCode !== null || running.signalCode !== null) return running?.exitCode ?? null
    const exited = once(running, 'exit')
    if (signal === 'SIGINT' && split) process.kill(-running.pid!, signal)
    else running.kill(signal)
    if (signal === 'SIGKILL') for (const pid of parts.values()) killed(pid)
    const [code] = (await exited) as [number | null]
    // whoever is told to die still runs for a moment, and would keep its successor out
    if (signal === 'SIGKILL') await eventually(() => expectGone(parts.values()))
    return code
  }

  await start()
  return {
    name: layout.name ?? basename(folder),
    get url() {
      return ready!.url
    },
    get pid() {
      return ready!.pid
    },
    get administrator() {
      return ready!.administrator
    },
    folder: env.SOUK_DIR,
    environment: env,
    output,
    start,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    interrupt: () => end('SIGINT'),
    command: (...args) => command(env, args),
    async remove() {
      if (split) {
        // a process per service needs ten seconds to stop, and has shown that it can in a test about that
        await end('SIGKILL')
        await endDatabase(env.SOUK_DIR)
      } else {
        // A killed shop leaves its database running; the next start adopts it and stops it properly.
        if (child?.signalCode === 'SIGKILL') await start()
        await end('SIGTERM')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}
