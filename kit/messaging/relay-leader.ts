import type { Sql } from '#kit/db/db.ts'
import { openSession, type Session } from '#kit/db/session.ts'

/**
 * Election of the one relay of an outbox database: an advisory lock of the very session that does the work. When the process
 * or its connection dies, the lock goes and a successor starts at once. The lock cannot stop a paused process from writing
 * to a log elsewhere: for that every election raises the epoch in the bus, and every write checks it.
 */
export interface Candidate {
  /** The session of the leader; undefined while another process leads. Asks the database only when it does not lead. */
  lead(): Promise<Sql | undefined>
  /** Ends the session, and with it the leadership. */
  resign(): Promise<void>
}

/** Tables that are almost always empty, and statistics that say so, would tempt the planner to read all of a bloated heap. */
const parameters = {
  enable_seqscan: 'off',
  plan_cache_mode: 'force_generic_plan',
  synchronous_commit: 'on',
  lock_timeout: 10_000,
}

export function createCandidate(url: string, name: string): Candidate {
  let session: Session | undefined
  let leading = false

  const resign = async (): Promise<void> => {
    leading = false
    const closing = session
    session = undefined
    await closing?.close().catch(() => {})
  }

  return {
    resign,
    async lead() {
      if (session?.lost.aborted) await resign()
      if (leading) return session!.sql
      session ??= await openSession({ url, applicationName: `souk ${name}`, connectMs: 5000, statementMs: 15_000, parameters })
      const [row] = await session.sql<
        { locked: boolean }[]
      >`select pg_try_advisory_lock(hashtextextended(${`souk:${name}`}, 0)) as locked`
      leading = row!.locked
      return leading ? session.sql : undefined
    },
  }
}
