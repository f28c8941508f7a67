import cluster from 'node:cluster'
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../settings.ts'
import type { DatabaseUrls } from './database-plan.ts'
import { answerWorker, type AskAll, askChild, type Question, tellToLetGo, type Told } from './process-questions.ts'

export type ChildPart = 'background' | 'http' | 'demo'

/** What a child needs to know besides the settings, which it reads itself. Sent over the pipe, never on the command line: it holds passwords. */
export interface ChildOrders {
  readonly urls: DatabaseUrls
  readonly port: number
}

export type ChildMessage = { readonly ready: true } | { readonly failed: string }

const entry = new URL('../child-main.ts', import.meta.url)

export interface Child {
  readonly pid: number | undefined
  /** Hands over the orders and waits until it works. */
  begin(orders: ChildOrders): Promise<void>
  /** What it says of itself; undefined if it does not answer. */
  told(question: Question): Promise<Told | undefined>
  /** Waits for the end of a child that ends by itself. */
  readonly ended: Promise<number | null>
  /** An HTTP worker: it is about to be stopped, but serves everybody until then. */
  letGo(): void
  /** Asks it to stop and waits, at most `milliseconds`; then it is killed. */
  stop(milliseconds: number): Promise<void>
}

/**
 * Forks a child for the services of `only` (undefined: all), which reads its code while the parent still prepares its orders. `onExit`: it ended
 * without being asked to.
 */
export function forkChild(
  part: ChildPart,
  only: readonly string[] | undefined,
  environment: Environment,
  onExit: (code: number | null) => void,
  /** for a worker that is asked what all processes say */
  askAll?: AskAll,
): Child {
  const args = [part, ...(only ?? [])]
  const child =
    part === 'http'
      ? forkWorker(args, environment)
      : fork(entry, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: { ...environment } })
  let stopping = false
  let ready = false
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const started = new Promise<void>((resolve, reject) => {
    child.on('message', (message: ChildMessage) => {
      if ('failed' in message) return reject(new Error(message.failed))
      if (!('ready' in message)) return
      ready = true
      resolve()
    })
    child.once('error', reject)
    void ended.then((code) => reject(new Error(`the ${part} process ended with ${code} before it was ready`)))
  })
  started.catch(() => undefined)
  void ended.then((code) => {
    if (ready && !stopping) onExit(code)
  })
  if (askAll) answerWorker(child, askAll)
  return {
    pid: child.pid,
    // whoever fills the demo shop answers nothing and is soon gone
    told: async (question) => (ready && part !== 'demo' ? await askChild(child, part, question) : undefined),
    ended,
    async begin(orders) {
      if (child.connected) child.send(orders, () => undefined)
      await started
    },
    letGo: () => tellToLetGo(child),
    async stop(milliseconds) {
      stopping = true
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds)
      await ended
      clearTimeout(timer)
    },
  }
}

function forkWorker(args: string[], environment: Environment): ChildProcess {
  cluster.setupPrimary({ exec: fileURLToPath(entry), args })
  return cluster.fork({ ...environment }).process as ChildProcess
}
