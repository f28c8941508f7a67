import type { Look } from './change-list.ts'
import type { KeptAnswer } from './response-cache.ts'

/**
 * Finished answers that processes share. It knows as little as each of them what is still true, so it is told: whoever
 * looks at the list of changes says what was found, before it takes anything from here. An entry is given out only if none of its tags
 * was told since before it was made.
 */
export interface SecondLevel {
  /** Up to which snapshot everything is known here, whoever told it; undefined: begin anew. */
  snapshot(): Promise<string | undefined>
  /** What a look found. Kept until the store has taken it, and told before anything is asked. Never throws. */
  tell(look: Look): void
  /** The answer if it is there and true; else a place to make it in, and whether somebody else is making it already. */
  ask(key: string): Promise<Found>
  /** Keeps an answer that was begun at `since`, unless what it shows has changed meanwhile. */
  keep(key: string, since: Beginning, answer: KeptAnswer): Promise<void>
  stats(): SecondLevelStats
}

/** Opaque: the state of the store when an answer was begun. */
export type Beginning = { readonly epoch: string; readonly seq: number }

export interface Found {
  /** undefined: it cannot be kept here */
  readonly since: Beginning | undefined
  readonly answer: KeptAnswer | undefined
  /** another process was making it, and did not get ready in time */
  readonly madeElsewhere: boolean
}

export interface SecondLevelStats {
  readonly hits: number
  readonly misses: number
  readonly waits: number
  readonly failures: number
}

/** How long one process makes an answer for all before another one tries. */
export const MAKING_MS = 2_000
/** How long to wait for an answer that another process makes, and how often to look. */
export const WAIT_MS = 250
export const LOOK_MS = 15
