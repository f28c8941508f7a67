import { type Consumer, startConsumer } from '#kit/messaging/consumer.ts'
import type { ConsumerMetrics } from '#kit/messaging/consumer-work.ts'
import type { LogBus } from '#kit/messaging/log-bus.ts'
import type { Host } from './host.ts'
import { groupPause } from './group-pause.ts'
import { runJob } from './jobs.ts'
import type { Logger } from './logger.ts'
import { startTogether } from './start-together.ts'

export interface BackgroundOptions {
  readonly host: Host
  readonly bus: LogBus
  readonly log: Logger
  readonly metrics?: ((group: string) => ConsumerMetrics) | undefined
}

export interface Background {
  readonly consumers: readonly Consumer[]
  /** Lets running work finish, gives partitions and leases back. */
  stop(): Promise<void>
}

/** Starts what a host does without being asked: consumers, jobs by the clock, and the recovery of flows. */
export async function startBackground({ host, bus, log, metrics }: BackgroundOptions): Promise<Background> {
  const stopping = new AbortController()
  const starting = host.services
    .filter((service) => service.reactions.length > 0)
    .map((service) =>
      startConsumer({
        group: service.name,
        bus,
        db: service.db,
        reactions: service.reactions,
        ...service.attention,
        pauseMs: groupPause(service.attention.pauseMs),
        outbox: service.outbox,
        log,
        metrics: metrics?.(service.name),
      }),
    )
  const consumers = await startTogether(starting)
  const loops = host.services.flatMap((service) => [
    ...service.jobs.map((job) => runJob(service, job, stopping.signal)),
    ...(service.processes.definitions > 0 ? [service.processes.recover(stopping.signal)] : []),
  ])
  if (bus.maintain) loops.push(bus.maintain(stopping.signal))
  return {
    consumers,
    async stop() {
      stopping.abort()
      await Promise.all([...consumers.map((consumer) => consumer.stop()), ...loops])
      await host.flush()
    },
  }
}
