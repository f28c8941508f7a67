/** What a test wants to happen at a point: the process dies, is paused, loses its connections, or the work fails. */
export type Strike = (point: string) => void

let strike: Strike | undefined

/**
 * A boundary at which a crash would be worst: between two commits, before and after somebody else was asked. Costs a look at a
 * variable, unless a test has armed the points. `detail` tells apart what passes the same place.
 */
export function killpoint(point: string, detail?: string): void {
  if (strike !== undefined) strike(detail === undefined ? point : `${point}:${detail}`)
}

/** For hosts that are being tested, never in production. */
export function armKillpoints(by: Strike | undefined): void {
  strike = by
}
