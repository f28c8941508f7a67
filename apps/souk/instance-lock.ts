import { randomBytes } from 'node:crypto'
import { execFile } from 'node:child_process'
import { link, mkdir, readdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CommandError } from './command.ts'

/** What the lock file says about the instance that holds the folder. */
export interface Instance {
  readonly pid: number
  /** when the process began, in the operating system's own words: tells a process from a later one with the same pid */
  readonly began: string
  /** where the pid counts: host and, in containers, the pid namespace */
  readonly place: string
  readonly startedAt: string
  readonly version: string
  /** of this one taking of the lock */
  readonly token: string
}

export interface InstanceLock {
  /** Lets the next instance in. Safe to call twice. */
  release(): Promise<void>
}

const beatMs = 2_000
const silentMs = 15_000
const guardMs = 5_000
const WHOLE = 'instance.json'
const fileOf = (service: string | undefined): string => (service === undefined ? WHOLE : `instance-${service}.json`)

/**
 * Makes this process the only instance working on `dir`. Left behind by kill -9, the lock is recognised as stale: no such
 * process, or another one that got its pid. From another host or container, where the pid says nothing, the
 * file's heartbeat decides. Throws a CommandError naming the pid when a living instance holds the folder.
 */
export async function lockInstance(dir: string, version: string): Promise<InstanceLock> {
  const lock = await take(dir, version, undefined)
  const [other] = await runningServices(dir)
  if (!other) return lock
  await lock.release()
  throw heldBy(dir, other.instance, other.service)
}

/**
 * Makes this process the only one that runs these services on `dir`; others may run other services there. Throws a CommandError
 * when a living instance runs one of them, or the whole shop.
 */
export async function lockServices(dir: string, version: string, services: readonly string[]): Promise<InstanceLock> {
  const taken: InstanceLock[] = []
  const release = async (): Promise<void> => void (await Promise.all(taken.map((lock) => lock.release())))
  try {
    for (const service of [...services].sort()) taken.push(await take(dir, version, service))
    const whole = await runningInstance(dir)
    if (whole) throw heldBy(dir, whole, undefined)
  } catch (error) {
    await release()
    throw error
  }
  return { release }
}

/** Living processes that run single services on `dir`. */
export async function runningServices(dir: string): Promise<{ service: string; instance: Instance }[]> {
  const files = await readdir(dir).catch(() => [])
  const found: { service: string; instance: Instance }[] = []
  for (const name of files) {
    const service = /^instance-([a-z0-9-]+)\.json$/.exec(name)?.[1]
    const instance = service === undefined ? undefined : await read(join(dir, name))
    if (service !== undefined && instance && (await isAlive(join(dir, name), instance))) found.push({ service, instance })
  }
  return found
}

async function take(dir: string, version: string, service: string | undefined): Promise<InstanceLock> {
  await mkdir(dir, { recursive: true })
  const file = join(dir, fileOf(service))
  const mine: Instance = {
    pid: process.pid,
    began: (await beginningOf(process.pid)) ?? '',
    place: await placeOfPids(),
    startedAt: new Date().toISOString(),
    version,
    token: randomBytes(8).toString('hex'),
  }
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (attempt > 0) await delay(10)
    if (await writeNew(file, mine)) return hold(file, mine)
    const holder = await read(file)
    if (holder && (await isAlive(file, holder))) throw heldBy(dir, holder, service)
    await removeStale(file, holder)
  }
  throw new CommandError(`${file} cannot be taken.`, { mend: 'Several instances are starting at once; start one.' })
}

/** The living instance on `dir`, for `doctor` and for commands that must not run beside one. */
export async function runningInstance(dir: string): Promise<Instance | undefined> {
  const file = join(dir, WHOLE)
  const holder = await read(file)
  return holder && (await isAlive(file, holder)) ? holder : undefined
}

function heldBy(dir: string, holder: Instance, service: string | undefined): CommandError {
  if (service !== undefined)
    return new CommandError(`The service ${service} already runs on ${dir} (pid ${holder.pid}, since ${holder.startedAt}).`, {
      mend: `Stop it: kill ${holder.pid}.`,
    })
  return new CommandError(`Souk already runs on ${dir} (pid ${holder.pid}, since ${holder.startedAt}).`, {
    mend: `Stop it (kill ${holder.pid}), or give this one a folder and a port of its own: SOUK_DIR=.souk-two PORT=8081 npm start.`,
  })
}

function hold(file: string, mine: Instance): InstanceLock {
  const beat = setInterval(() => {
    const now = new Date()
    utimes(file, now, now).catch(() => {})
  }, beatMs).unref()
  return {
    async release() {
      clearInterval(beat)
      const holder = await read(file)
      if (holder && same(holder, mine)) await rm(file, { force: true })
    },
  }
}

const same = (a: Instance, b: Instance) => a.token === b.token

async function read(file: string): Promise<Instance | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Instance
  } catch {
    return undefined
  }
}

/** Whole or not at all: a reader never sees half a lock. */
async function writeNew(file: string, mine: Instance): Promise<boolean> {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(aside, `${JSON.stringify(mine, undefined, 2)}\n`)
  try {
    await link(aside, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

/**
 * Removes the stale file unless it changed meanwhile. Only the holder of the guard may: without it, of two starters that
 * both saw the stale file, the slower would remove the lock that the faster has just taken.
 */
async function removeStale(file: string, stale: Instance | undefined): Promise<void> {
  const guard = `${file}.takeover`
  try {
    await writeFile(guard, String(process.pid), { flag: 'wx' })
  } catch {
    const age = await stat(guard).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age > guardMs) await rm(guard, { force: true })
    return
  }
  try {
    const now = await read(file)
    if (now === undefined || (stale !== undefined && same(now, stale))) await rm(file, { force: true })
  } finally {
    await rm(guard, { force: true })
  }
}

async function isAlive(file: string, holder: Instance): Promise<boolean> {
  if (holder.place !== (await placeOfPids())) {
    const beat = await stat(file).catch(() => undefined)
    return beat !== undefined && Date.now() - beat.mtimeMs < silentMs
  }
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const began = await beginningOf(holder.pid)
  return began === undefined || began === holder.began
}

async function placeOfPids(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return `${hostname()} ${namespace}`.trim()
}

/** No time at which a process can have begun. */
const ENDED = 'ended'

/** `undefined` when the system does not tell (Windows): then the pid alone decides. */
async function beginningOf(pid: number): Promise<string | undefined> {
  const fields = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // the second field is the command in parentheses and may hold anything; the start time is the 22nd
  if (fields !== undefined) {
    const [state, ...rest] = fields.slice(fields.lastIndexOf(')') + 2).split(' ')
    // killed, and only waiting for its parent to ask how it ended: some first processes of containers never do
    return state === 'Z' || state === 'X' ? ENDED : rest[18]
  }
  if (process.platform === 'win32' || process.platform === 'linux') return undefined
  const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.trim() || undefined
}
