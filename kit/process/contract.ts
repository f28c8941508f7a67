import type { Static, TSchema } from 'typebox'
import type { Query } from '#kit/db/db.ts'

/**
 * The public face of a process (a flow that crosses services): what starts it and what it ends with. The reducer lives
 * in processes/, its rows in the schema of its home service.
 */
export interface ProcessContract<I extends TSchema = TSchema, R extends TSchema = TSchema> {
  readonly name: string
  /** the service whose schema keeps the process and whose process runs it */
  readonly home: string
  readonly input: I
  /** what the starter gets once the flow can answer; the flow may go on afterwards */
  readonly result: R
}

export function defineProcessContract<I extends TSchema, R extends TSchema>(
  name: string,
  home: string,
  schemas: { input: I; result: R },
): ProcessContract<I, R> {
  return { name, home, ...schemas }
}

/** A flow about to be stored: columns of the table `processes`. */
export interface PreparedProcess {
  readonly name: string
  readonly id: string
  readonly state: { readonly type: string }
  readonly pending: readonly { readonly type: string }[]
  readonly trace: object
}

/** How a home service starts its processes without importing them. */
export interface Processes {
  /**
   * For a one-statement start: the row to insert with `process_start(...)` in the caller's own statement. Call `forget` if
   * that statement did not store it.
   */
  prepare<I extends TSchema, R extends TSchema>(contract: ProcessContract<I, R>, id: string, input: Static<I>): PreparedProcess
  forget(contract: ProcessContract, id: string): void
  /** Persists the process in the caller's transaction; a second start with the same id changes nothing. */
  start<I extends TSchema, R extends TSchema>(
    tx: Query,
    contract: ProcessContract<I, R>,
    id: string,
    input: Static<I>,
  ): Promise<void>
  /**
   * As `start`, for a flow nobody waits for: the recovery loop of the background process runs it as soon as the transaction has
   * committed.
   */
  startLater<I extends TSchema, R extends TSchema>(
    tx: Query,
    contract: ProcessContract<I, R>,
    id: string,
    input: Static<I>,
  ): Promise<void>
  /**
   * Tells a waiting process that something happened; false when it does not wait (yet or any more) or never was. With
   * `whileRunning` one that runs at the moment is told too, and gets it when it waits next: for facts it cannot ask about later.
   */
  post(
    tx: Query,
    contract: ProcessContract,
    id: string,
    happening: { readonly type: string },
    options?: { readonly whileRunning?: boolean },
  ): Promise<boolean>
  /**
   * Runs the process as far as it gets now. Returns its result, or `undefined` if it still waits for something
   * (a webhook, a retry). Safe to call at any time from anywhere: a lease keeps two runners apart.
   */
  advance<I extends TSchema, R extends TSchema>(contract: ProcessContract<I, R>, id: string): Promise<Static<R> | undefined>
}
