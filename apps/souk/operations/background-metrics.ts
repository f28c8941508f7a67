import { createMetrics, type Metrics } from '#kit/http/metrics.ts'
import { registerCallMetrics } from '#kit/rpc/call-metrics.ts'
import type { RelayStats } from '#kit/messaging/relay.ts'
import type { Tally } from '#kit/service/tally.ts'
import type { Platform } from '../platform/platform.ts'
import type { RuleWatch } from '../platform/rule-watch.ts'
import type { Tallies } from './background-tallies.ts'
import { registerTraceGauge } from './gauges.ts'

export interface Background {
  readonly tallies: Tallies
  readonly relays: readonly { readonly name: string; stats(): RelayStats }[]
  readonly rules: Pick<RuleWatch, 'results'>
  readonly platform: Pick<Platform, 'calls' | 'tracer'>
}

/** The metrics of a background process; made when somebody asks for the first time. */
export function backgroundMetrics({ tallies, relays, rules, platform }: Background): Metrics {
  const metrics = createMetrics()
  const count = (name: string, help: string, tally: Tally, labels: readonly string[]) =>
    metrics.counted(name, help, tally.readings, labels)
  count('consumer_events_total', 'Events handled', tallies.handled, ['group'])
  count('consumer_batches_total', 'Batches of events that were committed', tallies.batches, ['group'])
  count('consumer_batch_seconds_total', 'Time that batches of events took, in seconds', tallies.seconds, ['group'])
  count('consumer_parked_total', 'Events put aside after a failure', tallies.parked, ['group', 'type', 'code'])
  count('dlq_messages_total', 'Events that went to the dead letters', tallies.dead, ['topic', 'group', 'code'])
  const relay = (name: string, help: string, pick: (stats: RelayStats) => number) =>
    metrics.gauge(name, help, () => relays.map((one) => ({ value: pick(one.stats()), labels: { relay: one.name } })), ['relay'])
  relay('relay_leading', '1 in the process that moves events from the outboxes to the log', ({ leading }) => Number(leading))
  relay('relay_published', 'Events that this process moved to the log', ({ published }) => published)
  relay('relay_errors', 'Steps of the relay that failed and were tried again', ({ errors }) => errors)
  metrics.gauge(
    'rule_violations',
    'Violations of a rule that must always hold (`souk invariants`), from the process that looked last',
    () => rules.results().map(({ service, name, violations }) => ({ value: violations, labels: { service, rule: name } })),
    ['service', 'rule'],
  )
  registerTraceGauge(metrics, platform)
  if (platform.calls) registerCallMetrics(metrics, platform.calls)
  return metrics
}
