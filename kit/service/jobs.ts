import { killpoint } from '#kit/core/killpoint.ts'
import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from '#kit/db/db.ts'
import { inSpan } from '#kit/tracing/span.ts'
import type { RunningService } from './host.ts'
import type { Job } from './service.ts'

/** A winner that does not say for this long that it lives is replaced. */
const LEASE_SECONDS = 30

/** Whether each run has one winner in the cluster. Quicker jobs skip that: they are conditional statements that any number may run. */
export const takesTurns = ({ everySeconds }: Pick<Job, 'everySeconds'>): boolean => everySeconds >= 1

/** Runs a job again and again until stopped; whose turn it is decides a conditional statement on its row, by the database's clock. */
export async function runJob(service: RunningService, job: Job, signal: AbortSignal): Promise<void> {
  const { sql } = service.db
  const pause = job.everySeconds * 1000
  // A restart must not start everything in the same moment.
  await sleep(Math.min(pause, 1_000) * Math.random(), signal)
  while (!signal.aborted) {
    const begun = performance.now()
    try {
      if (!takesTurns(job)) await job.run(signal)
      else if (await take(sql, job))
        await inSpan({ service: service.name, name: `job ${job.name}`, kind: 'internal' }, () => runAsWinner(sql, job, signal))
    } catch (error) {
      if (!signal.aborted) service.log.warn({ err: error, job: job.name }, 'a job failed and will run again at its next turn')
    }
    await sleep(Math.max(10, Math.min(pause, LEASE_SECONDS * 1000) - (performance.now() - begun)), signal)
  }
}

/** True for one caller per turn, and only when the turn has come. */
async function take(sql: Sql, job: Job): Promise<boolean> {
  const taken = await sql`
    insert into jobs as j (name, lease_until, next_at, runs, started_at)
    values (${job.name}, now() + make_interval(secs => ${LEASE_SECONDS}), now() + make_interval(secs => ${job.everySeconds}), 1, now())
    on conflict (name) do update set lease_until = excluded.lease_until, next_at = excluded.next_at, runs = j.runs + 1, started_at = now()
    where j.lease_until <= now() and j.next_at <= now()`
  return taken.count === 1
}

async function runAsWinner(sql: Sql, job: Job, signal: AbortSignal): Promise<void> {
  const beat = setInterval(
    () => {
      sql`update jobs set lease_until = now() + make_interval(secs => ${LEASE_SECONDS}) where jobs.name = ${job.name}`.catch(
        () => undefined,
      )
    },
    (LEASE_SECONDS * 1000) / 3,
  )
  let failure: unknown
  try {
    killpoint('job.before-run')
    await job.run(signal)
    killpoint('job.after-run')
  } catch (error) {
    failure = error
    throw error
  } finally {
    clearInterval(beat)
    const message = failure === undefined ? null : failure instanceof Error ? failure.message : String(failure)
    await sql`update jobs set lease_until = '-infinity', finished_at = now(), last_error = ${message} where jobs.name = ${job.name}`.catch(
      () => undefined,
    )
  }
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined)
}
