import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, realpathSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { eventually } from '#kit/testing/eventually.ts'
import { freePort } from './chaos-shop.ts'
import { freeze } from '#kit/testing/processes.ts'
import type { Random } from './random.ts'

/** A Redis of the run's own: it can be treated badly without asking anybody. */
export interface ExternalRedis {
  readonly port: number
  /** Everything it keeps is gone, as after FLUSHALL. */
  empty(): Promise<void>
  /** SIGKILL; it comes back after so many milliseconds, with what it had written down, or `empty`. */
  kill(milliseconds: number, empty?: boolean): Promise<void>
  /** SIGSTOP for so many milliseconds. */
  freeze(milliseconds: number): Promise<void>
  /** keys that fit, of a logical database */
  keys(database: number, pattern: string): Promise<number>
  close(): Promise<void>
}

export const NO_REDIS = 'the part with Redis was left out: REDIS_URL names no Redis of this machine'

/** Another one of the kind that REDIS_URL names, which itself stays untouched; undefined where it names none of this machine. */
export async function openExternalRedis(): Promise<ExternalRedis | undefined> {
  const program = process.env['REDIS_URL'] ? await programOf(process.env['REDIS_URL']) : undefined
  if (!program) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'souk-chaos-redis-'))
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--appendonly', 'yes', '--save', '', '--dir', folder]
  let server: ChildProcess
  const start = async () => {
    // one file is several programs, by the name it is called by
    server = spawn(program.file, args, { argv0: 'redis-server', stdio: 'ignore', env: program.environment })
    await eventually(async () => await ask(port, 0, (client) => client.ping()), { timeoutMs: 20_000, everyMs: 50 })
  }
  const abandon = () => void server.kill('SIGKILL')
  process.once('exit', abandon)
  const end = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    port,
    empty: async () => void (await ask(port, 0, (client) => client.flushAll())),
    async kill(milliseconds, empty = false) {
      await end()
      if (empty) await rm(join(folder, 'appendonlydir'), { recursive: true, force: true })
      await delay(milliseconds)
      await start()
    },
    freeze: (milliseconds) => freeze(server.pid, milliseconds),
    keys: async (database, pattern) => (await ask(port, database, (client) => client.keys(pattern))).length,
    async close() {
      process.off('exit', abandon)
      await end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const LOSSES = {
  emptied: (redis) => redis.empty(),
  'killed, and back with nothing': (redis, milliseconds) => redis.kill(milliseconds, true),
  frozen: (redis, milliseconds) => redis.freeze(milliseconds),
  'killed, and back with what it had written down': (redis, milliseconds) => redis.kill(milliseconds),
} as const satisfies Record<string, (redis: ExternalRedis, milliseconds: number) => Promise<void>>
export type Loss = keyof typeof LOSSES
export const losses = Object.keys(LOSSES) as readonly Loss[]

/** Loses Redis once, for half a second to three. */
export async function loseRedis(redis: ExternalRedis, random: Random, what: Loss): Promise<void> {
  await LOSSES[what](redis, random.between(500, 3000))
}

async function ask<T>(port: number, database: number, work: (client: ReturnType<typeof connect>) => Promise<T>): Promise<T> {
  const client = connect(`redis://127.0.0.1:${port}/${database}`)
  try {
    await client.connect()
    return await work(client)
  } finally {
    client.destroy()
  }
}

function connect(url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 2000, socketTimeout: 10_000 } })
  // it is told by the promise as well
  client.on('error', () => undefined)
  return client
}

/** The file that runs behind a URL, and what it needs to find its libraries; from /proc, so Linux only. */
async function programOf(url: string): Promise<{ file: string; environment: NodeJS.ProcessEnv } | undefined> {
  const client = connect(url)
  try {
    await client.connect()
    const pid = /^process_id:(\d+)/m.exec(await client.info('server'))?.[1]
    const files = readFileSync(`/proc/${pid}/maps`, 'utf8').match(/\/\S+\.so[.\d]*$/gm) ?? []
    const libraries = [...new Set(files.map((library) => dirname(library)))]
    return { file: realpathSync(`/proc/${pid}/exe`), environment: { LD_LIBRARY_PATH: libraries.join(':') } }
  } catch {
    return undefined
  } finally {
    if (client.isOpen) client.destroy()
  }
}
