import cluster from 'node:cluster'
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { DatabaseUrls } from './database.ts'

/** What a child needs to know besides the settings, which it reads itself. Sent over the pipe, never on the command line: it holds passwords. */
export interface ChildOrders {
  readonly part: 'background' | 'http'
  readonly urls: DatabaseUrls
  readonly only: readonly string[] | undefined
  readonly port: number
}

export type ChildMessage = { readonly ready: true } | { readonly failed: string }

const entry = new URL('../child-main.ts', import.meta.url)

export interface Child {
  readonly pid: number
  /** Asks it to stop and waits, at most `milliseconds`; then it is killed. */
  stop(milliseconds: number): Promise<void>
}

/** Starts a child and waits until it works. `onExit`: it ended without being asked to. */
export async function startChild(orders: ChildOrders, onExit: (code: number | null) => void): Promise<Child> {
  const child = orders.part === 'http' ? forkWorker() : fork(entry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  let stopping = false
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  void ended.then((code) => {
    if (!stopping) onExit(code)
  })
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: ChildMessage) => {
      if ('ready' in message) resolve()
      else if ('failed' in message) reject(new Error(message.failed))
    })
    void ended.then((code) => reject(new Error(`the ${orders.part} process ended with ${code} before it was ready`)))
    child.send(orders)
  })
  return {
    pid: child.pid as number,
    async stop(milliseconds) {
      stopping = true
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds)
      await ended
      clearTimeout(timer)
    },
  }
}

function forkWorker(): ChildProcess {
  cluster.setupPrimary({ exec: fileURLToPath(entry) })
  return cluster.fork().process as ChildProcess
}
