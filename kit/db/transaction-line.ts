import { type Deadlines, lineSilent, type Wait } from './deadlines.ts'

/** A statement of the transaction, or any other object for what the client sends by itself: BEGIN, COMMIT, ROLLBACK, savepoints. */
type Sent = object & { reject?: unknown }

/** One transaction's line to the server. */
export interface Line {
  readonly state: 'open' | 'lost' | 'over'
  /** rejects when the line is lost: the client says so itself only when the connection is closed, which may never be heard of */
  readonly gone: Promise<never>
  lose(error: unknown): void
  end(): void
  sent(what: Sent): void
  /** Also for what was not sent. */
  answered(what: Sent): void
}

/** Statements of one transaction are answered one after the other, so the time runs anew with every answer. */
export function openLine(deadlines: Deadlines): Line {
  const loss = Promise.withResolvers<never>()
  const waiting = new Set<Sent>()
  let state: Line['state'] = 'open'
  let wait: Wait | undefined
  const lose = (error: unknown) => {
    if (state !== 'open') return
    state = 'lost'
    if (wait) deadlines.stop(wait)
    const asked = [...waiting]
    waiting.clear()
    for (const { reject } of asked) if (typeof reject === 'function') reject(error)
    loss.reject(error)
  }
  const overdue = () => lose(lineSilent())
  return {
    get state() {
      return state
    },
    gone: loss.promise,
    lose,
    end() {
      if (wait) deadlines.stop(wait)
      if (state === 'open') state = 'over'
    },
    sent(what) {
      if (state !== 'open') return
      waiting.add(what)
      wait ??= deadlines.start(overdue)
    },
    answered(what) {
      if (!waiting.delete(what) || !wait) return
      deadlines.stop(wait)
      wait = waiting.size > 0 ? deadlines.start(overdue) : undefined
    },
  }
}
