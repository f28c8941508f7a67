import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { type Account, accountFor, prepareFolder } from './embedded-account.ts'
import { type Binaries, locateBinaries } from './embedded-binaries.ts'
import { defaultSettings, hostBasedAccess, type PostgresSettings, renderSettings } from './embedded-config.ts'
import { claimOwnership, hasLivingOwner, releaseOwnership, whileStarting } from './embedded-owner.ts'
import { choosePort } from './embedded-port.ts'
import { findPostmaster, isAlive, readPostmaster, stopPostmaster } from './embedded-postmaster.ts'
import type { Logger } from '#kit/service/logger.ts'

const superuser = 'souk_admin'
const database = 'souk'
const startBoundMs = 60_000
const stopBoundMs = 10_000
const neededBytes = 200 * 2 ** 20

export interface EmbeddedOptions {
  /** everything lives below it: data/, postgresql.conf, local.conf, postgres.log; created when missing */
  dir: string
  /** wished port; by default the one of the last start, else any free one */
  port?: number
  log?: Logger
  /** on top of the defaults of embedded-config.ts */
  settings?: PostgresSettings
  /** For throw-away databases: skips flushing the fresh cluster to disk. */
  disposable?: boolean
  /** The server ended without being asked to; call `startPostgres` again to bring it back (same data, same port). */
  onExit?: (reason: string) => void
}

export interface EmbeddedPostgres {
  /** superuser's URL of database `souk`; contains the password */
  readonly adminUrl: string
  readonly port: number
  /** process id of the server */
  readonly pid: number
  /** the server was already running: left by a host that was killed, or shared with a host that lives */
  readonly adopted: boolean
  /** where the files really are (see `prepareFolder`) */
  readonly dir: string
  /** Fast shutdown. Does nothing when another living host owns the server. */
  stop(): Promise<void>
}

/**
 * Starts (or adopts) a real PostgreSQL for `dir` and returns when it answers. First start creates the cluster: checksums,
 * UTF-8 with the machine-independent C.UTF-8 order, SCRAM passwords, loopback only. Runs as an unprivileged user when we are root.
 * Errors say what to do: full disk, data of another major version, unreachable folder.
 */
export async function startPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const wished = path.resolve(options.dir)
  const account = await accountFor(wished)
  const dir = await prepareFolder(wished, account)
  if (dir !== wished)
    options.log?.warn({ wished, dir }, 'PostgreSQL data is kept elsewhere: the wished folder is closed to the user it runs as')
  return await whileStarting(dir, startBoundMs, () => startOrAdopt(options, dir, account))
}

async function startOrAdopt(options: EmbeddedOptions, dir: string, account: Account | undefined): Promise<EmbeddedPostgres> {
  const dataDir = path.join(dir, 'data')
  const running = (await exists(dataDir)) ? await findPostmaster(dataDir, startBoundMs) : undefined
  if (running) return adopt(options, dir, running.pid, running.port)

  const binaries = await locateBinaries(dir, account)
  if (!(await exists(path.join(dataDir, 'PG_VERSION')))) await createCluster(dir, binaries, account, options)
  await requireMajor(dataDir, binaries.major)
  await writeConfiguration(dir, options.settings)

  const deadline = Date.now() + startBoundMs
  for (;;) {
    const port = await choosePort(options.port, dir)
    const attempt = await spawnServer(dir, port, binaries, account, options.log)
    if (attempt.child) return finish(options, dir, attempt.child, port)
    if (Date.now() > deadline) throw explain(dir, attempt.output)
    if (/pre-existing shared memory block/.test(attempt.output)) {
      // sessions of a killed server notice its death within moments and let go
      await delay(20)
    } else if (/could not bind|Address already in use|could not create any TCP\/IP sockets/.test(attempt.output)) {
      if (options.port) throw explain(dir, attempt.output)
      await rm(path.join(dir, 'port'), { force: true })
    } else throw explain(dir, attempt.output)
  }
}

async function finish(options: EmbeddedOptions, dir: string, child: ChildProcess, port: number): Promise<EmbeddedPostgres> {
  const pid = child.pid as number
  await writeFile(path.join(dir, 'port'), `${port}\n`)
  await claimOwnership(dir)
  const adminUrl = await ensureDatabase(dir, port)
  // Whoever listens from here on does not hear of a death in between; as a failed start it is tried again.
  if (child.exitCode !== null || child.signalCode !== null) throw new Error('PostgreSQL ended while it was being started')
  let stopping = false
  child.once('exit', (code, signal) => {
    if (stopping) return
    const reason = `PostgreSQL ended by itself (${signal ?? `code ${code}`}); its log is ${path.join(dir, 'postgres.log')}`
    options.log?.error({ pid }, reason)
    options.onExit?.(reason)
  })
  return {
    adminUrl,
    port,
    pid,
    dir,
    adopted: false,
    async stop() {
      stopping = true
      await stopPostmaster(pid, stopBoundMs)
      await releaseOwnership(dir)
    },
  }
}

async function adopt(options: EmbeddedOptions, dir: string, pid: number, port: number): Promise<EmbeddedPostgres> {
  const shared = await hasLivingOwner(dir)
  if (!shared) await claimOwnership(dir)
  const adminUrl = await ensureDatabase(dir, port)
  options.log?.info({ pid, port, shared }, 'using the PostgreSQL that is already running')
  // not our child, so nobody tells us when it ends
  const watch = setInterval(() => {
    if (isAlive(pid)) return
    clearInterval(watch)
    options.onExit?.('PostgreSQL ended by itself')
  }, 500).unref()
  return {
    adminUrl,
    port,
    pid,
    dir,
    adopted: true,
    async stop() {
      clearInterval(watch)
      // The owner may have gone meanwhile and left the server to us.
      if (await hasLivingOwner(dir)) return
      await stopPostmaster(pid, stopBoundMs)
      await releaseOwnership(dir)
    },
  }
}

/** Builds the cluster beside its final place and moves it there whole, so a crash leaves nothing half made. */
async function createCluster(dir: string, binaries: Binaries, account: Account | undefined, options: EmbeddedOptions) {
  const { bavail, bsize } = await statfs(dir)
  if (bavail * bsize < neededBytes)
    throw new Error(`${dir} has less than 200 MB free; PostgreSQL needs that much to begin. Free some space.`)
  const half = path.join(dir, 'data.new')
  const secret = path.join(dir, 'password.new')
  await rm(half, { recursive: true, force: true })
  await mkdir(half, { mode: 0o700 })
  if (account) await chown(half, account.uid, account.gid)
  await writeOwned(secret, randomBytes(24).toString('base64url'), account)
  const sync = options.disposable ? ['--no-sync'] : []
  const args = [
    '-D',
    half,
    '-U',
    superuser,
    `--pwfile=${secret}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--data-checksums',
    ...sync,
  ]
  args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-instructions')
  try {
    await promisify(execFile)(binaries.initdb, args, { cwd: dir, env: environment(), windowsHide: true, ...identity(account) })
    await rename(secret, path.join(half, 'souk.password'))
    await rename(half, path.join(dir, 'data'))
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    throw explain(dir, stderr || message)
  } finally {
    await rm(half, { recursive: true, force: true })
    await rm(secret, { force: true })
  }
}

async function writeConfiguration(dir: string, settings: PostgresSettings | undefined): Promise<void> {
  const access = path.join(dir, 'pg_hba.conf')
  await writeFile(access, hostBasedAccess, { mode: 0o644 })
  const all = { hba_file: access, ...defaultSettings(), ...settings }
  await writeFile(path.join(dir, 'postgresql.conf'), renderSettings(all), { mode: 0o644 })
  const own = path.join(dir, 'local.conf')
  if (!(await exists(own))) await writeFile(own, '# Settings of your own; Souk never changes this file.\n', { mode: 0o644 })
}

/**
 * Spawns the server itself, not pg_ctl, and watches its pid file, which turns to "ready" the moment it takes connections.
 * It is its own process group: Ctrl-C reaches the host, which drains first and then stops it.
 */
async function spawnServer(dir: string, port: number, binaries: Binaries, account: Account | undefined, log: Logger | undefined) {
  const logFile = path.join(dir, 'postgres.log')
  if (((await stat(logFile).catch(() => undefined))?.size ?? 0) > 5 * 2 ** 20) await rename(logFile, `${logFile}.1`)
  const output = await open(logFile, 'a')
  const before = (await output.stat()).size
  const dataDir = path.join(dir, 'data')
  log?.debug({ dir, port }, 'starting PostgreSQL')
  const child = spawn(
    binaries.postgres,
    ['-D', dataDir, '-c', `config_file=${path.join(dir, 'postgresql.conf')}`, '-p', String(port)],
    {
      cwd: dir,
      env: environment(),
      stdio: ['ignore', output.fd, output.fd],
      detached: true,
      windowsHide: true,
      ...identity(account),
    },
  )
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  await output.close()
  const deadline = Date.now() + startBoundMs
  while (child.exitCode === null && child.signalCode === null && !failure) {
    const state = await readPostmaster(dataDir)
    if (state && state.pid === child.pid && state.status === 'ready') {
      child.unref()
      return { child, output: '' }
    }
    if (Date.now() > deadline) {
      await stopPostmaster(child.pid as number, stopBoundMs)
      break
    }
    await delay(3)
  }
  if (failure) throw new Error(`PostgreSQL could not be started: ${failure.message}`, { cause: failure })
  return { child: undefined, output: (await readFile(logFile)).subarray(before).toString() }
}

/** Also the proof that the server found is ours: only our cluster knows the password. */
async function ensureDatabase(dir: string, port: number): Promise<string> {
  const password = (await readFile(path.join(dir, 'data', 'souk.password'), 'utf8')).trim()
  const url = (name: string) => `postgres://${superuser}:${password}@127.0.0.1:${port}/${name}`
  const run = async (name: string, statement: string) => {
    const sql = postgres(url(name), { max: 1, connect_timeout: 10, fetch_types: false, onnotice() {} })
    await sql.unsafe(statement).finally(() => sql.end({ timeout: 1 }))
  }
  const code = (error: unknown) => (error as { code?: string }).code
  try {
    await run(database, 'select 1')
  } catch (error) {
    if (code(error) !== '3D000') throw error
    await run('postgres', `create database ${database}`).catch((refusal) => {
      if (code(refusal) !== '42P04' && code(refusal) !== '23505') throw refusal
    })
  }
  return url(database)
}

async function requireMajor(dataDir: string, major: number): Promise<void> {
  const found = (await readFile(path.join(dataDir, 'PG_VERSION'), 'utf8')).trim()
  if (Number(found) === major) return
  throw new Error(
    `The data in ${dataDir} was written by PostgreSQL ${found}, this Souk brings PostgreSQL ${major}, which cannot read it. ` +
      `Nothing was changed. Start it with the Souk that wrote it, or run a PostgreSQL ${found} on the data (pg_upgrade can lift it to ${major}) and set DATABASE_URL to it.`,
  )
}

function explain(dir: string, output: string): Error {
  const tail = output.trim().split('\n').slice(-8).join('\n')
  if (/No space left on device/.test(output)) {
    return new Error(
      `The disk under ${dir} is full, so PostgreSQL cannot start. Nothing is lost; free some space and start again.\n${tail}`,
    )
  }
  return new Error(`PostgreSQL did not start in ${dir}. Its own words (postgres.log has all):\n${tail}`)
}

/** Nothing of the host's environment: PG* variables and locales would change what the server does. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP } = process.env
  return { PATH, LC_ALL: 'C', TZ: 'UTC', ...(SystemRoot ? { SystemRoot } : {}), ...(TEMP ? { TEMP } : {}) }
}

const identity = (account: Account | undefined) => (account ? { uid: account.uid, gid: account.gid } : {})
const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  )

async function writeOwned(file: string, text: string, account: Account | undefined): Promise<void> {
  await writeFile(file, text, { mode: 0o600 })
  await chmod(file, 0o600)
  if (account) await chown(file, account.uid, account.gid)
}
