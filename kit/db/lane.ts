/** One kind of grouped work, as its lane sees it. */
export interface Line {
  /** items that could start now */
  ready(): number
  /** when the first of them came, on the clock of performance.now() */
  since(): number
  /** Starts one group; calls `left` of the lane when it is done. */
  start(): void
}

/**
 * Decides which group goes next when the database is busy. Few statements at a time, and the longest line first: requests that walk through
 * the same steps gather in front of one of them and go through it together, so groups are several times larger than when each
 * step works for itself, and a statement costs the same for one row or thirty. Who waits too long goes first.
 */
export interface Lane {
  join(line: Line): void
  /** Something may be ready. Looks at the end of this turn of the event loop, so that calls of one moment meet. */
  look(): void
  left(): void
}

/** Nobody waits behind longer lines for more than this. */
const PATIENCE_MS = 15

export function createLane(atOnce: number): Lane {
  const lines: Line[] = []
  let busy = 0
  let looking = false

  const next = (): Line | undefined => {
    let longest: Line | undefined
    let most = 0
    const impatient = performance.now() - PATIENCE_MS
    for (const line of lines) {
      const ready = line.ready()
      if (ready === 0) continue
      if (line.since() < impatient) return line
      if (ready > most) {
        longest = line
        most = ready
      }
    }
    return longest
  }

  const look = (): void => {
    if (looking || busy >= atOnce) return
    looking = true
    setImmediate(() => {
      looking = false
      while (busy < atOnce) {
        const line = next()
        if (!line) return
        busy += 1
        line.start()
      }
    })
  }

  return {
    join: (line) => void lines.push(line),
    look,
    left() {
      busy -= 1
      look()
    },
  }
}

/**
 * The lane of everything that is one statement of one database: while one commits the next one works and the others gather. More at once
 * would not be faster on the cores a database has beside a shop, only smaller. Nothing in it may wait for something else in it.
 */
export const statementLane = createLane(2)
