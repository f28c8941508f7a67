import { appendFileSync, readFileSync, renameSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Strike } from '#kit/core/killpoint.ts'

/** What stands in the file of SOUK_KILLPOINTS while a point is armed. */
export interface Order {
  /** names this order; the file is renamed to `<file>.<id>` by the one process that obeys it */
  readonly id: string
  readonly point: string
  /** SIGKILL, SIGSTOP (whoever tests lets it go on), an error, or every connection to elsewhere reset */
  readonly fault: 'kill' | 'stop' | 'throw' | 'reset'
}

export class Struck extends Error {
  override name = 'Struck'
}

/** Reads the file at every point that is passed: a test can arm one while the shop runs. Of all processes the first to come there obeys. */
export function strikeByFile(file: string): Strike {
  const seen = new Set<string>()
  return (point) => {
    if (!seen.has(point)) {
      seen.add(point)
      appendFileSync(`${file}.seen`, `${point}\n`)
    }
    const order = readOrder(file)
    if (order?.point !== point || !claim(file, order)) return
    switch (order.fault) {
      case 'kill':
        process.kill(process.pid, 'SIGKILL')
        return stand(1000)
      case 'stop':
        process.kill(process.pid, 'SIGSTOP')
        return stand(20)
      case 'throw':
        throw new Struck(`struck at ${point}`)
      case 'reset':
        resetConnections()
    }
  }
}

function readOrder(file: string): Order | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Order
  } catch {
    return undefined
  }
}

function claim(file: string, { id }: Order): boolean {
  try {
    renameSync(file, `${file}.${id}`)
    return true
  } catch {
    return false
  }
}

/** A signal to oneself may arrive a moment later; nothing may happen until it has. */
function stand(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

/** Connections this process has opened, not those of its callers. */
function resetConnections(): void {
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): unknown[] }
  for (const handle of handles.call(process)) {
    if (handle instanceof Socket && handle.remotePort !== undefined && !('server' in handle && handle.server))
      handle.resetAndDestroy()
  }
}
