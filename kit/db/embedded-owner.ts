import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive } from './embedded-postmaster.ts'

/*
 * Which host started (or took over) the server of a folder. A host that finds a server running may stop it in the end only if
 * that host is gone: `souk import` beside a running shop must not take the database away from it.
 */

export async function claimOwnership(dir: string): Promise<void> {
  await writeFile(path.join(dir, 'owner'), `${process.pid} ${await startTime(process.pid)}\n`)
}

export async function releaseOwnership(dir: string): Promise<void> {
  await rm(path.join(dir, 'owner'), { force: true })
}

/** The process that owns the server, if it lives; this one may be it. */
export async function livingOwner(dir: string): Promise<number | undefined> {
  const writer = await readWriter(path.join(dir, 'owner'))
  return writer && (await lives(writer)) ? writer.pid : undefined
}

/** Whether a process other than this one owns the server and lives. */
export async function hasLivingOwner(dir: string): Promise<boolean> {
  const owner = await livingOwner(dir)
  return owner !== undefined && owner !== process.pid
}

/**
 * Runs `work` while no other host starts a server in `dir`; hosts that start at the same moment do it one after the other, so
 * the second finds the server of the first. The lock of a host that died is taken over.
 */
export async function whileStarting<T>(dir: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const lock = path.join(dir, 'starting')
  const deadline = Date.now() + timeoutMs
  const me = `${process.pid} ${await startTime(process.pid)}\n`
  for (;;) {
    try {
      await writeFile(lock, me, { flag: 'wx' })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const writer = await readWriter(lock)
    if (writer && !(await lives(writer))) {
      // by renaming, only one of several waiting hosts gets to remove it
      const stale = `${lock}.${process.pid}`
      await rename(lock, stale).then(
        () => rm(stale, { force: true }),
        () => {},
      )
    } else if (Date.now() > deadline) {
      throw new Error(
        `Another host (process ${writer?.pid ?? 'unknown'}) has been starting PostgreSQL for too long. If there is none, remove ${lock}`,
      )
    } else await delay(5)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

interface Writer {
  pid: number
  started: string | undefined
}

async function readWriter(file: string): Promise<Writer | undefined> {
  const [pid, started] = (await readFile(file, 'utf8').catch(() => '')).trim().split(' ')
  return Number(pid) > 0 ? { pid: Number(pid), started } : undefined
}

async function lives(writer: Writer): Promise<boolean> {
  return isAlive(writer.pid) && (await startTime(writer.pid)) === writer.started
}

/** Tells a process from a later one with the same number; `-` where the system does not say. */
async function startTime(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // the name in brackets may hold spaces, the fields after it do not; field 22 is the start time
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
}
