import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'

/** What somebody asked the shop to do. */
export type Invocation =
  | {
      readonly op: 'checkout'
      readonly key: string
      readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
      readonly token: string
    }
  | { readonly op: 'cancel'; readonly key: string; readonly orderId: string }
  | { readonly op: 'refund'; readonly key: string; readonly orderId: string; readonly amount: number }

/** `ok`: it is done. `fail`: it is certainly not. `unknown`: the answer never came. */
export interface Outcome {
  readonly result: 'ok' | 'fail' | 'unknown'
  /** HTTP status, where one came */
  readonly status?: number
  readonly orderId?: string
  /** what the answer said of the order: PENDING, CONFIRMED … */
  readonly state?: string
}

export interface Operation {
  readonly invocation: Invocation
  /** all answers to the same key, in the order in which they came */
  readonly outcomes: readonly Outcome[]
}

export interface History {
  readonly file: string
  invoked(invocation: Invocation): void
  answered(key: string, outcome: Outcome): void
  /** Everything so far, read back from the file. */
  operations(): Operation[]
  close(): void
}

/**
 * A file outside of the shop to which every call and every answer is written before anything else happens: what the shop
 * promised stands here, whatever becomes of the shop.
 */
export function openHistory(file: string): History {
  const fd = openSync(file, 'a')
  const write = (entry: object) => void writeSync(fd, `${JSON.stringify({ at: Date.now(), ...entry })}\n`)
  return {
    file,
    invoked: (invocation) => write({ invocation }),
    answered: (key, outcome) => write({ key, outcome }),
    operations() {
      fsyncSync(fd)
      const byKey = new Map<string, { invocation: Invocation; outcomes: Outcome[] }>()
      for (const line of readFileSync(file, 'utf8').split('\n')) {
        if (line === '') continue
        const entry = JSON.parse(line) as { invocation: Invocation } | { key: string; outcome: Outcome }
        if ('outcome' in entry) byKey.get(entry.key)!.outcomes.push(entry.outcome)
        else if (!byKey.has(entry.invocation.key)) byKey.set(entry.invocation.key, { invocation: entry.invocation, outcomes: [] })
      }
      return [...byKey.values()]
    },
    close: () => closeSync(fd),
  }
}

/** The last word about an operation: a definite answer wins over silence, whenever it came. */
export function verdictOf({ outcomes }: Operation): Outcome {
  const definite = outcomes.findLast(({ result }) => result !== 'unknown')
  return definite ?? { result: 'unknown' }
}
