/**
 * For computation in many small pieces: `await turn()` before each lets `pieces` of them go in one turn of the event loop, then what
 * has arrived meanwhile is served first.
 */
export function createTurns(pieces: number): () => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  let taken = 0
  return () => {
    taken += 1
    if (taken % pieces === 0) last = last.then(() => new Promise((resolve) => setImmediate(resolve)))
    return last
  }
}
