/** One answer that is waited for. */
export interface Wait {
  until: number
  readonly overdue: () => void
}

/** Notices what is not answered in time. Everybody has the same time, so one timer is enough for any number of waits. */
export interface Deadlines {
  /** Calls `overdue` once, unless `stop` comes first. */
  start(overdue: () => void): Wait
  stop(wait: Wait): void
}

/** A process that was held up finds timers and answers waiting side by side; it has to read the answers before it judges. */
const SECOND_LOOK_MS = 100

/** @param ms until an answer is overdue; 0: for ever */
export function createDeadlines(ms: number): Deadlines {
  const waits = new Set<Wait>()
  const doubted = new Set<Wait>()
  let watching = false

  const lookIn = (milliseconds: number): void => {
    watching = true
    setTimeout(look, milliseconds).unref()
  }
  const look = (): void => {
    watching = false
    const now = performance.now()
    for (const wait of doubted) {
      if (wait.until > now) break
      doubted.delete(wait)
      wait.overdue()
    }
    for (const wait of waits) {
      if (wait.until > now) break
      waits.delete(wait)
      wait.until = now + SECOND_LOOK_MS
      doubted.add(wait)
    }
    const next = Math.min(firstOf(waits), firstOf(doubted))
    if (next < Number.POSITIVE_INFINITY) lookIn(Math.max(1, next - now))
  }

  return {
    start(overdue) {
      const wait = { until: performance.now() + ms, overdue }
      if (ms === 0) return wait
      waits.add(wait)
      if (!watching) lookIn(ms)
      return wait
    },
    stop(wait) {
      if (!waits.delete(wait)) doubted.delete(wait)
    },
  }
}

function firstOf(waits: ReadonlySet<Wait>): number {
  // sets keep the order of arrival, and all wait equally long
  for (const wait of waits) return wait.until
  return Number.POSITIVE_INFINITY
}

/** The line did not break and nobody said no: it just went silent. For a COMMIT under way this means "unknown". */
export const lineSilent = () => Object.assign(new Error(SILENCE), { code: 'ETIMEDOUT' })

const SILENCE = 'no answer came from the database; the line was given up'
export const isSilence = (error: unknown): boolean => (error as { message?: unknown } | null)?.message === SILENCE

/** `answer`, or a rejection when it does not come in time. */
export function within<T>(deadlines: Deadlines, answer: PromiseLike<T>, late: () => Error = lineSilent): Promise<T> {
  return new Promise((resolve, reject) => {
    const wait = deadlines.start(() => reject(late()))
    answer.then(
      (value) => {
        deadlines.stop(wait)
        resolve(value)
      },
      (error: unknown) => {
        deadlines.stop(wait)
        reject(error)
      },
    )
  })
}
