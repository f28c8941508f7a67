import { type Deadlines, lineSilent, type Wait } from './deadlines.ts'

/** A statement of the transaction, or any other object for what the client sends by itself: BEGIN, COMMIT, ROLLBACK, savepoints. */
type Sent = object & { reject?: unknown }

/** One transaction's line to the server. */
export interface Line {
  state: 'open' | 'lost' | 'over'
  /** rejects when an answer is overdue; the line is lost then */
  readonly silent: Promise<never>
  sent(what: Sent): void
  /** Also for what was not sent. */
  answered(what: Sent): void
}

/** Statements of one transaction are answered one after the other, so the time runs anew with every answer. */
export function openLine(deadlines: Deadlines): Line {
  const silence = Promise.withResolvers<never>()
  const waiting = new Set<Sent>()
  let wait: Wait | undefined
  const overdue = () => {
    line.state = 'lost'
    const error = lineSilent()
    const asked = [...waiting]
    waiting.clear()
    for (const { reject } of asked) if (typeof reject === 'function') reject(error)
    silence.reject(error)
  }
  const line: Line = {
    state: 'open',
    silent: silence.promise,
    sent(what) {
      waiting.add(what)
      wait ??= deadlines.start(overdue)
    },
    answered(what) {
      if (!waiting.delete(what) || !wait) return
      deadlines.stop(wait)
      wait = waiting.size > 0 ? deadlines.start(overdue) : undefined
    },
  }
  return line
}
