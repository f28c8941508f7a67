import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Parent and state (R running, S sleeping, T stopped, Z dead and not yet collected) of a process; from /proc, so Linux only. */
export function statusOf(pid: number): { parent: number; state: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state = '', parent = '0'] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(parent), state }
  } catch {
    return undefined
  }
}

/** Throws while one of them runs; who is dead and was only not collected is gone. */
export function expectGone(pids: Iterable<number>): void {
  const left = [...pids].filter((pid) => !['Z', 'X'].includes(statusOf(pid)?.state ?? 'X'))
  if (left.length > 0) throw new Error(`still there: ${left.join(', ')}`)
}

export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((candidate) => statusOf(candidate)?.parent === pid)
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** Sends a signal; a process that is gone already is none of our business. */
export function signal(pid: number | undefined, name: NodeJS.Signals): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

/** Stops a process for a while, as a machine that was paused; it wakes up believing that no time has passed. */
export async function freeze(pid: number | undefined, milliseconds: number): Promise<void> {
  if (!signal(pid, 'SIGSTOP')) return
  try {
    await delay(milliseconds)
  } finally {
    signal(pid, 'SIGCONT')
  }
}
