import { readFile, readlink, realpath, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** What postmaster.pid says about a running server (or one that died and left the file). */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  /** `starting`, `ready`, `stopping` … empty while the file is still being written */
  readonly status: string
}

export async function readPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const text = await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10))
  if (!pid) return undefined
  return { pid, port: Number.parseInt(lines[3] ?? '', 10) || 0, status: (lines[7] ?? '').trim() }
}

/** Alive, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Whether `pid` is the server of this data folder. After a reboot the number in a stale file may belong to anybody;
 * a PostgreSQL server works in its data folder, which Linux can tell. Elsewhere a living process gets the benefit of the doubt.
 */
export async function isPostmasterOf(dataDir: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return true
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  return cwd === undefined ? isAlive(pid) : cwd === (await realpath(dataDir))
}

/**
 * The living server of this folder, once it accepts connections; undefined when there is none (leftovers of a crash are
 * removed). Waits for one that is starting or stopping, at most `timeoutMs`.
 */
export async function findPostmaster(dataDir: string, timeoutMs: number): Promise<Postmaster | undefined> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const found = await readPostmaster(dataDir)
    if (!found) return undefined
    if (!(await isPostmasterOf(dataDir, found.pid))) {
      await rm(path.join(dataDir, 'postmaster.pid'), { force: true })
      return undefined
    }
    if (found.status === 'ready') return found
    if (Date.now() > deadline) {
      throw new Error(
        `A PostgreSQL server (process ${found.pid}) holds ${dataDir} but is "${found.status || 'not answering'}" since ` +
          `${timeoutMs} ms. Wait for it, or end it with: kill -INT ${found.pid}`,
      )
    }
    await delay(10)
  }
}

/** Fast shutdown (sessions are ended, data is safe); after `boundMs` immediate shutdown; in the end SIGKILL. Both recover from WAL. */
export async function stopPostmaster(pid: number, boundMs: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal)
    } catch {
      return
    }
    const deadline = Date.now() + boundMs
    for (let pause = 2; Date.now() < deadline; pause = Math.min(pause * 2, 20)) {
      if (!isAlive(pid)) return
      await delay(pause)
    }
  }
}
