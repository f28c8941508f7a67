import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { afterFirstStart } from './first-start.ts'
import { startOnce } from './shop.ts'

/** One shop in several processes on one folder: `souk serve <services…>` each. */
export interface Apart {
  url(part: string): string
  /** where the process answers gRPC */
  grpc(part: string): string
  /** of the first administrator, as the process with the accounts printed it */
  readonly administrator: { readonly email: string; readonly password: string }
  /** SIGKILL: nothing is tidied up */
  kill(part: string): Promise<void>
  /** SIGTERM; waits for the graceful end */
  stop(part: string): Promise<void>
  start(part: string): Promise<void>
  /** everything the process printed */
  lines(part: string): string[]
  command(...args: string[]): Promise<{ code: number | null; errors: string }>
  /** stops all at once, and removes everything */
  remove(): Promise<void>
}

const root = fileURLToPath(new URL('../../', import.meta.url))

/** One that is free together with the port of gRPC, 2000 above it. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = await probe(0)
    if (port && (await probe(port + 2000))) return port
  }
}

/** The port if nobody listens there; 0: any. */
async function probe(wished: number): Promise<number | undefined> {
  const server = createServer().listen(wished, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return undefined
  }
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

export interface ApartOptions {
  /** settings of every process */
  readonly environment?: Record<string, string>
  /** name of a process → settings it has beside those of all */
  readonly own?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** a folder for each process, as on machines of their own; give them a DATABASE_URL and a SOUK_SECRET */
  readonly ownFolders?: boolean
  /** name of a process → version label of what it runs */
  readonly versions?: Record<string, string>
  /** the process whose registry tells the others where everybody is; without one they are told by SOUK_PEERS */
  readonly registry?: string
  /** the process that has the settings of the others */
  readonly config?: string
  /** started by hand, later */
  readonly later?: readonly string[]
  /** `things=http://…`: more instances than those that are started here */
  readonly peers?: readonly string[]
}

/** `parts`: name of a process → the services it runs; a service in several is one with several instances. Returns when all are ready. */
export async function openApart(parts: Record<string, readonly string[]>, options: ApartOptions = {}): Promise<Apart> {
  const folder = await shopFolder('apart')
  if (!options.ownFolders) await afterFirstStart(join(folder, 'souk'), options.environment ?? {}, startOnce)
  const names = Object.keys(parts)
  const ports = new Map<string, number>()
  for (const name of names) ports.set(name, await freePort())
  const label = (name: string) => (options.versions?.[name] ? `@${options.versions[name]}` : '')
  const peers = names
    .flatMap((name) => parts[name]!.map((service) => `${service}${label(name)}=http://127.0.0.1:${ports.get(name)}`))
    .concat(options.peers ?? [])
    .join(',')
  const common = {
    ...process.env,
    SOUK_DIR: join(folder, 'souk'),
    ...(options.registry
      ? { SOUK_PEERS: '', REGISTRY_URL: `http://127.0.0.1:${ports.get(options.registry)}/eureka/` }
      : { SOUK_PEERS: peers }),
    ...(options.config ? { CONFIG_URL: `http://127.0.0.1:${ports.get(options.config)}/` } : {}),
    RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
    SEED_DEMO: 'false',
    ...options.environment,
  }
  const settingsOf = (name: string) => ({
    ...common,
    ...options.own?.[name],
    PORT: String(ports.get(name)),
    ...(options.versions?.[name] ? { RELEASE: options.versions[name] } : {}),
    ...(options.ownFolders ? { SOUK_DIR: join(folder, name) } : {}),
  })
  const running = new Map<string, ChildProcess>()
  const output: string[] = []
  const printed = new Map<string, string[]>(names.map((name) => [name, []]))
  let administrator: Apart['administrator'] | undefined

  async function start(name: string): Promise<void> {
    const child = spawn(process.execPath, ['apps/souk/main.ts', 'serve', ...parts[name]!, '--json'], {
      cwd: root,
      env: settingsOf(name),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.set(name, child)
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${name} ended with ${code} before it was ready:\n${output.slice(-20).join('\n')}`)
    })
    ended.catch(() => undefined)
    const ready = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          output.push(`${name}: ${line}`)
          printed.get(name)!.push(line)
          if (!line.startsWith('{"ready":true')) return
          administrator = (JSON.parse(line) as { administrator?: Apart['administrator'] }).administrator ?? administrator
          resolve()
        })
      }
    })
    await Promise.race([ready, ended])
  }

  async function end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = running.get(name)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  await Promise.all(names.filter((name) => !options.later?.includes(name)).map(start)).catch(async (error: unknown) => {
    await Promise.all(names.map((name) => end(name, 'SIGKILL')))
    throw error
  })
  return {
    url: (name) => `http://127.0.0.1:${ports.get(name)}`,
    grpc: (name) => `http://127.0.0.1:${ports.get(name)! + 2000}`,
    get administrator() {
      return administrator!
    },
    kill: (name) => end(name, 'SIGKILL'),
    stop: (name) => end(name, 'SIGTERM'),
    start,
    lines: (name) => printed.get(name)!,
    async command(...args) {
      const run = spawn(process.execPath, ['apps/souk/main.ts', ...args], {
        cwd: root,
        env: { ...common, PORT: '0' },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let errors = ''
      run.stderr.on('data', (chunk: Buffer) => {
        errors += chunk.toString()
      })
      const bound = setTimeout(() => run.kill('SIGTERM'), 20_000)
      const [code] = (await once(run, 'close')) as [number | null]
      clearTimeout(bound)
      return { code, errors }
    },
    async remove() {
      await Promise.all(names.map((name) => end(name, 'SIGTERM')))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
