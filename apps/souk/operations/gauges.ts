import type { Metrics, Reading } from '#kit/http/metrics.ts'
import type { LoadShedding } from '#kit/http/load-shedding.ts'
import type { Platform } from '../platform/platform.ts'
import { slotLags } from './bus-health.ts'
import { type EventFlow, totalsOf } from './event-flow.ts'

/** What Prometheus sees of events, flows and connections; read when somebody scrapes. */
export function registerGauges(metrics: Metrics, platform: Platform, flow: () => Promise<EventFlow>, rowsSlot: string): void {
  const each =
    <T>(pick: (service: EventFlow['services'][number]) => readonly T[]) =>
    async () =>
      (await flow()).services.flatMap(pick)

  metrics.gauge(
    'outbox_rows',
    'Events committed and not yet in the log',
    each(({ service, outbox }) => [{ value: outbox.rows, labels: { service } }]),
    ['service'],
  )
  metrics.gauge('relay_lag_seconds', 'Age of the oldest event that is not yet in the log', async () => [
    { value: totalsOf(await flow()).relayLagSeconds },
  ])
  metrics.gauge(
    'consumer_lag_records',
    'Events in the log that a group has not passed',
    each(({ service, lag }) => lag.map(({ topic, records }) => ({ value: records, labels: { group: service, topic } }))),
    ['group', 'topic'],
  )
  metrics.gauge(
    'consumer_lost_records',
    'Events that retention deleted before a group read them',
    each(({ service, lag }) => lag.map(({ topic, lost }) => ({ value: lost, labels: { group: service, topic } }))),
    ['group', 'topic'],
  )
  metrics.gauge(
    'dlq_messages',
    'Dead letters: events a group could not handle',
    each(({ parked }) => parked.map(({ group, topic, dead }) => ({ value: dead, labels: { topic, group } }))),
    ['topic', 'group'],
  )
  metrics.gauge(
    'bus_queue_messages',
    'Messages in the queues of groups, where the bus has queues',
    each(({ queue }) =>
      queue
        ? [
            { value: queue.waiting, labels: { queue: queue.queue, state: 'waiting' } },
            { value: queue.inFlight, labels: { queue: queue.queue, state: 'in-flight' } },
            { value: queue.dead, labels: { queue: queue.queue, state: 'dead' } },
          ]
        : [],
    ),
    ['queue', 'state'],
  )
  metrics.gauge(
    'parked_events',
    'Events put aside: due for another try, or waiting behind an earlier one of their key',
    each(({ parked }) =>
      parked.flatMap(({ group, topic, retrying, waiting }) => [
        { value: retrying, labels: { topic, group, state: 'retry' } },
        { value: waiting, labels: { topic, group, state: 'waiting' } },
      ]),
    ),
    ['topic', 'group', 'state'],
  )
  metrics.gauge(
    'flows',
    'Flows that have not ended',
    each(({ flows }) => flows.map(({ name, status, count }) => ({ value: count, labels: { name, status } }))),
    ['name', 'status'],
  )
  metrics.gauge(
    'flow_oldest_seconds',
    'How long ago the oldest flow began that has not ended',
    each(({ flows }) => flows.map(({ name, status, oldestSeconds }) => ({ value: oldestSeconds, labels: { name, status } }))),
    ['name', 'status'],
  )
  metrics.gauge(
    'cdc_slot_lag_bytes',
    'Write-ahead log held back by change data capture',
    async () => (await slotLags(platform, rowsSlot)).map(({ slot, bytes }) => ({ value: bytes, labels: { slot } })),
    ['slot'],
  )
  metrics.gauge(
    'cdc_slot_left_bytes',
    'Write-ahead log that may still be written before the server gives a slot up',
    async () =>
      (await slotLags(platform, rowsSlot)).flatMap(({ slot, left }) =>
        left === null ? [] : [{ value: left, labels: { slot } }],
      ),
    ['slot'],
  )
  metrics.gauge(
    'db_connections',
    'Connections to the database, and requests that wait for one',
    () =>
      [...platform.databases].flatMap(([service, db]) => {
        const { inUse, waiting } = db.stats()
        return [
          { value: inUse, labels: { service, state: 'in-use' } },
          { value: waiting, labels: { service, state: 'waiting' } },
        ]
      }),
    ['service', 'state'],
  )
}

const FIGURES_KEPT_MS = 15_000

/** Numbers of the business, each asked at most every 15 s however many look. One that cannot be read is left out. */
export function registerFigures(metrics: Metrics, services: Platform['host']['services']): void {
  for (const { figures, log } of services)
    for (const { name, help, labels, read } of figures) {
      let kept: { readings: Promise<readonly Reading[]>; until: number } | undefined
      const readings = () => {
        if (kept && performance.now() < kept.until) return kept.readings
        const asked = read().catch((error: unknown) => {
          log.debug({ err: error, figure: name }, 'a figure could not be read')
          return []
        })
        kept = { readings: asked, until: performance.now() + FIGURES_KEPT_MS }
        return asked
      }
      metrics.gauge(name, help, readings, labels)
    }
}

/** Whether traces arrive where they should. */
export function registerTraceGauge(metrics: Metrics, { tracer }: Pick<Platform, 'tracer'>): void {
  if (!tracer) return
  metrics.gauge(
    'trace_spans',
    'Spans that were sent to the store of traces, and spans that it did not take',
    () => Object.entries(tracer.stats()).map(([outcome, value]) => ({ value, labels: { outcome } })),
    ['outcome'],
  )
}

/** What the door lets in at the moment. */
export function registerLoadMetrics(metrics: Metrics, load: Pick<LoadShedding, 'stats'>): void {
  metrics.gauge('http_requests_in_flight', 'Requests in work', () => [{ value: load.stats().inFlight }])
  metrics.gauge('event_loop_late_seconds', 'How late timers are', () => [{ value: load.stats().loopDelayMs / 1000 }])
  metrics.gauge(
    'http_requests_limit',
    'Requests that may be in work at once at the moment',
    () => Object.entries(load.stats().limit).map(([priority, value]) => ({ value, labels: { priority } })),
    ['priority'],
  )
  metrics.gauge(
    'http_requests_refused',
    'Requests refused under overload',
    () => Object.entries(load.stats().refused).map(([priority, value]) => ({ value, labels: { priority } })),
    ['priority'],
  )
}
