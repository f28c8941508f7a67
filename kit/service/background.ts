import { setTimeout as delay } from 'node:timers/promises'
import { type Consumer, type ConsumerMetrics, startConsumer } from '#kit/messaging/consumer.ts'
import type { LogBus } from '#kit/messaging/log-bus.ts'
import type { Sql } from '#kit/db/db.ts'
import type { Host, RunningService } from './host.ts'
import type { Logger } from './logger.ts'
import type { Job } from './service.ts'

export interface BackgroundOptions {
  readonly host: Host
  readonly bus: LogBus
  readonly log: Logger
  readonly metrics?: ConsumerMetrics | undefined
}

export interface Background {
  readonly consumers: readonly Consumer[]
  /** Lets running work finish, gives partitions and leases back. */
  stop(): Promise<void>
}

/** Starts what a host does without being asked: consumers, jobs by the clock, and the recovery of flows. */
export async function startBackground({ host, bus, log, metrics }: BackgroundOptions): Promise<Background> {
  const stopping = new AbortController()
  const consumers = await Promise.all(
    host.services
      .filter((service) => service.reactions.length > 0)
      .map((service) =>
        startConsumer({ group: service.name, bus, db: service.db, reactions: service.reactions, outbox: service.outbox, log, metrics }),
      ),
  )
  const loops = host.services.flatMap((service) => [
    ...service.jobs.map((job) => runJob(service, job, stopping.signal)),
    ...(service.processes.definitions > 0 ? [recoverFlows(service, stopping.signal)] : []),
  ])
  return {
    consumers,
    async stop() {
      stopping.abort()
      await Promise.all([...consumers.map((consumer) => consumer.stop()), ...loops])
      await host.flush()
    },
  }
}

async function recoverFlows(service: RunningService, signal: AbortSignal): Promise<void> {
  await service.processes.recover(signal)
}

/**
 * Runs a job again and again, with one winner in the cluster: whoever holds the advisory lock of the job's name. The lock is of
 * the session, so a winner that dies lets go at once. Quick jobs (under a second) skip the lock: they are
 * conditional statements that any number may run.
 */
async function runJob(service: RunningService, job: Job, signal: AbortSignal): Promise<void> {
  const pause = job.everySeconds * 1000
  // Not all at the same moment after a start.
  await sleep(Math.min(pause, 2_000) * Math.random(), signal)
  while (!signal.aborted) {
    const begun = performance.now()
    try {
      if (job.everySeconds < 1) await job.run(signal)
      else await asOnlyOne(service.db.sql, job, signal)
    } catch (error) {
      if (!signal.aborted) service.log.warn({ err: error, job: job.name }, 'a job failed and will run again at its next turn')
    }
    await sleep(Math.max(0, pause - (performance.now() - begun)), signal)
  }
}

async function asOnlyOne(sql: Sql, job: Job, signal: AbortSignal): Promise<void> {
  const connection = await sql.reserve()
  try {
    const [row] = await connection<{ mine: boolean }[]>`select pg_try_advisory_lock(hashtextextended(${`job ${job.name}`}, 0)) as mine`
    if (!row?.mine) return
    try {
      await job.run(signal)
    } finally {
      await connection`select pg_advisory_unlock(hashtextextended(${`job ${job.name}`}, 0))`
    }
  } finally {
    connection.release()
  }
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined)
}
