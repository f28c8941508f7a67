interface Started {
  stop(): Promise<void>
}

/** How long an error waits for what is still being started, or being stopped: it may never be, where all wait for the same broker. */
const PATIENCE_MS = 5_000

/**
 * Waits for all that is being started at the same time: all of them, or none. When one does not start, those that did are stopped before its error is told, and
 * so are those that still do: left alone they would go on, and keep a process from ending that somebody would start again.
 */
export async function startTogether<T extends Started>(starting: readonly Promise<T>[], patienceMs = PATIENCE_MS): Promise<T[]> {
  try {
    return await Promise.all(starting)
  } catch (error) {
    const stopped = Promise.allSettled(starting.map(async (each) => await (await each).stop()))
    const over = Promise.withResolvers<void>()
    const timer = setTimeout(over.resolve, patienceMs)
    await Promise.race([stopped, over.promise])
    clearTimeout(timer)
    throw error
  }
}
