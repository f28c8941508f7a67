import type { Settings } from '../settings.ts'

export interface Grace {
  /** for everything that stops before the database does */
  readonly wholeMs: number
  /** of it for requests in flight: most, for somebody waits for each of them */
  readonly requestsMs: number
  /** at least so much for background work, whose rest the next start would have to do */
  readonly workMs: number
}

/** How the time that a stop may take (`SHUTDOWN_SECONDS`) is shared out. */
export function graceOf({ shutdownSeconds }: Pick<Settings, 'shutdownSeconds'>): Grace {
  const wholeMs = shutdownSeconds * 1000
  return { wholeMs, requestsMs: wholeMs * 0.8, workMs: wholeMs * 0.2 }
}
