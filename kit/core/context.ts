import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'

/** Ids that tie one piece of work together through HTTP, RPC, outbox, bus and jobs without the author thinking of it. */
export interface WorkContext {
  /** W3C trace-context trace id: 32 hex digits. */
  readonly traceId: string
  /** Id of the request or event that started the whole story. */
  readonly correlationId: string
  /** Id of the event or request that directly caused this work. */
  readonly causationId?: string | undefined
  /** Id of the span under way, where the trace is recorded: 16 hex digits. */
  readonly spanId?: string | undefined
  /**
   * How far this work has to see what was written: name of a server → place in its log. A copy that is behind is not asked then;
   * `everything`: none is.
   */
  readonly seen?: ReadonlyMap<string, bigint> | 'everything' | undefined
  /** How long somebody waits for this work. */
  readonly deadline?: Deadline | undefined
}

/**
 * Until when somebody waits for a piece of work. It is over with the work itself: what goes on in its name afterwards (a timer, a cache that
 * is filled) is waited for by nobody, and has limits of its own.
 */
export interface Deadline {
  /** epoch milliseconds */
  readonly at: number
  over: boolean
}

const storage = new AsyncLocalStorage<WorkContext>()

export function newTraceId(): string {
  return randomBytes(16).toString('hex')
}

/** Runs `work` so that everything it awaits sees `context`. */
export function withContext<T>(context: WorkContext, work: () => T): T {
  return storage.run(context, work)
}

/** Epoch milliseconds after which nobody waits for the running work; undefined: nobody has set a limit. */
export function deadlineOf(context: WorkContext | undefined = storage.getStore()): number | undefined {
  const deadline = context?.deadline
  return deadline === undefined || deadline.over ? undefined : deadline.at
}

/** Runs work for which somebody waits until `at` (epoch milliseconds), and no longer than for the work that it is a part of. */
export async function until<T>(at: number, work: () => Promise<T>, context = currentContext()): Promise<T> {
  const deadline: Deadline = { at: Math.min(at, deadlineOf(context) ?? at), over: false }
  try {
    return await withContext({ ...context, deadline }, work)
  } finally {
    deadline.over = true
  }
}

/**
 * Runs work that many wait for, each as long as they may: in the time of whoever happened to come first, all others would be refused when that
 * one has none left. It has the limits of its own calls.
 */
export function withoutDeadline<T>(work: () => T): T {
  const context = storage.getStore()
  return context?.deadline === undefined ? work() : storage.run({ ...context, deadline: undefined }, work)
}

/** Whether the running work has a context; without one, `currentContext` would make up ids that nothing else carries. */
export function hasContext(): boolean {
  return storage.getStore() !== undefined
}

/** The context of the running work; outside of any, a fresh one. */
export function currentContext(): WorkContext {
  const context = storage.getStore()
  if (context) return context
  const traceId = newTraceId()
  return { traceId, correlationId: traceId }
}
