import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import postgres from 'postgres'
import { accountFor } from '#kit/db/embedded-account.ts'
import { choosePort } from '#kit/db/embedded-port.ts'
import { databaseOf, hostsOf, withDatabase } from '#kit/db/url.ts'
import { eventually } from './eventually.ts'
import { shopFolder } from './shop-folder.ts'

/** A real PgBouncer with the configuration that `deploy/pgbouncer` ships, in front of a server on this machine. */
export interface PgBouncer {
  /** for POOLER_URL: says by itself whether this PgBouncer keeps prepared statements */
  readonly url: string
  readonly port: number
  /** 1.21 and newer */
  readonly prepare: boolean
  /** SIGKILL */
  kill(): Promise<void>
  /** on the same port, after `kill` */
  start(): Promise<void>
  stop(): Promise<void>
}

const shipped = new URL('../../deploy/pgbouncer/', import.meta.url)
const binary = () => process.env.PGBOUNCER as string

/** `adminUrl`: a superuser's; `databases`: those it leads to beside the one of the URL. `settings` replace lines of the file. */
export async function startPgBouncer(
  adminUrl: string,
  { databases = [], settings = {} }: { databases?: readonly string[]; settings?: Readonly<Record<string, string>> } = {},
): Promise<PgBouncer> {
  const folder = await shopFolder('pgbouncer')
  const [, major = '0', minor = '0'] = /PgBouncer (\d+)\.(\d+)/.exec(execFileSync(binary(), ['--version']).toString()) ?? []
  const prepare = Number(major) > 1 || Number(minor) >= 21
  const port = await choosePort(undefined, folder)
  const password = randomBytes(18).toString('base64url')
  for (const name of [databaseOf(adminUrl), ...databases]) await runLookup(withDatabase(adminUrl, name), password)

  const [host = '', serverPort = ''] = (hostsOf(adminUrl)[0] ?? '').split(':')
  const users = join(folder, 'userlist.txt')
  const values: Record<string, string> = {
    '*': `host=${host} port=${serverPort}`,
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    auth_file: users,
    ...settings,
  }
  let text = await readFile(new URL('pgbouncer.ini', shipped), 'utf8')
  if (prepare) text = text.replace('; max_prepared_statements', 'max_prepared_statements')
  text = text.replaceAll(/^([^\s;=]+) = .*$/gm, (line, name: string) => (name in values ? `${name} = ${values[name]}` : line))
  await writeFile(join(folder, 'pgbouncer.ini'), text)
  await writeFile(users, `"souk_pgbouncer" "${password}"\n`)
  const account = await accountFor(folder)
  if (account) await chown(users, account.uid, account.gid)

  let child: ChildProcess | undefined
  const output: string[] = []
  const start = async (): Promise<void> => {
    const started = spawn(binary(), [join(folder, 'pgbouncer.ini')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
    })
    child = started
    for (const stream of [started.stdout, started.stderr]) stream?.on('data', (chunk: Buffer) => output.push(chunk.toString()))
    await eventually(
      async () => {
        if (started.exitCode !== null) throw new Error(`PgBouncer ended:\n${output.join('')}`)
        await reach(port)
      },
      { timeoutMs: 10_000, everyMs: 20 },
    )
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const exited = once(running, 'exit')
    running.kill(signal)
    await exited
  }
  await start()
  return {
    url: `postgres://127.0.0.1:${port}${prepare ? '' : '?prepare=no'}`,
    port,
    prepare,
    start,
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function runLookup(adminUrl: string, password: string): Promise<void> {
  const text = (await readFile(new URL('lookup.sql', shipped), 'utf8')).replaceAll(":'password'", `'${password}'`)
  const sql = postgres(adminUrl, { max: 1, onnotice() {} })
  await sql.unsafe(text).finally(() => sql.end({ timeout: 1 }))
}

async function reach(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect').finally(() => socket.destroy())
}
