import type { Settings } from '../settings.ts'

export interface Grace {
  /** for everything that stops before the database does */
  readonly wholeMs: number
  /** of it for the registry: whoever sends requests here has to hear that we leave, and is served until then */
  readonly toldMs: number
  /** of the rest for requests in flight: most, for somebody waits for each of them */
  readonly requestsMs: number
  /** at least so much for background work, whose rest the next start would have to do */
  readonly workMs: number
}

/** The registry itself has this long to answer, beside the round in which the others ask it. */
const FAREWELL_MS = 500

/** How the time that a stop may take (`SHUTDOWN_SECONDS`) is shared out. */
export function graceOf({
  shutdownSeconds,
  registryUrls,
  registryFetchSeconds,
}: Pick<Settings, 'shutdownSeconds' | 'registryUrls' | 'registryFetchSeconds'>): Grace {
  const wholeMs = shutdownSeconds * 1000
  const toldMs = registryUrls.length > 0 ? Math.min(registryFetchSeconds * 1000 + FAREWELL_MS, wholeMs / 2) : 0
  const restMs = wholeMs - toldMs
  return { wholeMs, toldMs, requestsMs: restMs * 0.8, workMs: restMs * 0.2 }
}
