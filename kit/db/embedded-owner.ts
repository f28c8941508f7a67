import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
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

/** Whether a process other than this one owns the server and lives. */
export async function hasLivingOwner(dir: string): Promise<boolean> {
  const text = await readFile(path.join(dir, 'owner'), 'utf8').catch(() => '')
  const [pid, started] = text.trim().split(' ')
  const owner = Number(pid)
  if (!owner || owner === process.pid || !isAlive(owner)) return false
  return (await startTime(owner)) === started
}

/** Tells a process from a later one with the same number; `-` where the system does not say. */
async function startTime(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // the name in brackets may hold spaces, the fields after it do not; field 22 is the start time
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
}
