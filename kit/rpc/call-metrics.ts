import { type Balance, LABELS, labelsOf, registerBalanceGauges } from '#kit/balance/metrics.ts'
import type { InstanceState } from '#kit/balance/instance.ts'
import type { Metrics } from '#kit/http/metrics.ts'

/** What Prometheus sees of the services that this process calls elsewhere. Nothing is counted on the way of a call but what the balance needs. */
export function registerCallMetrics(metrics: Metrics, calls: Balance): void {
  const counted = (name: string, help: string, pick: (state: InstanceState) => number) =>
    metrics.counted(name, help, () => calls.states().map((one) => ({ value: pick(one), labels: labelsOf(one) })), LABELS)
  counted('calls_total', 'Calls to a service in another process, second attempts among them', ({ requests }) => requests)
  counted('calls_failed_total', 'Calls that the other process did not answer', ({ failures }) => failures)
  registerBalanceGauges(metrics, 'calls', calls)
}
