import type { Sql } from '#kit/db/db.ts'

/** How a job went the last time, as the cluster knows it. */
export interface JobRow {
  readonly name: string
  readonly running: boolean
  readonly runs: number
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  /** null: it is due, or has never run */
  readonly nextAt: Date | null
  readonly lastError: string | null
}

/** Jobs of one service that have run at least once, or were asked to. */
export async function listJobs(sql: Sql): Promise<JobRow[]> {
  return await sql<JobRow[]>`
    select j.name, j.lease_until > now() as running, j.runs::float8 as runs, j.started_at as "startedAt", j.finished_at as "finishedAt",
           nullif(j.next_at, '-infinity') as "nextAt", j.last_error as "lastError"
      from jobs j`
}

/** Makes a job due, for whoever takes its next turn; false: it runs already. */
export async function makeDue(sql: Sql, name: string): Promise<boolean> {
  const due = await sql`
    insert into jobs as j (name) values (${name})
    on conflict (name) do update set next_at = '-infinity' where j.lease_until <= now()`
  return due.count === 1
}
