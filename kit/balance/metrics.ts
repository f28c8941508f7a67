import type { Metrics } from '#kit/http/metrics.ts'
import type { InstanceState } from './instance.ts'

const STATES = ['closed', 'half-open', 'open'] as const
export const LABELS = ['service', 'instance', 'version'] as const

/** What is known of the instances that something is sent to. */
export interface Balance {
  states(): InstanceState[]
  /** second attempts that may be made at once */
  readonly retryTokens: number
}

export const labelsOf = ({ service, url, version }: InstanceState) => ({ service, instance: url, version })

/** What Prometheus sees of instances, by names that begin with `prefix`: breakers, what is under way, second attempts in store. */
export function registerBalanceGauges(metrics: Metrics, prefix: string, balance: Balance): void {
  metrics.gauge(
    `${prefix}_breaker_state`,
    'Whether an instance is asked: 1 for the state its breaker is in',
    () =>
      balance
        .states()
        .flatMap((one) => STATES.map((state) => ({ value: one.breaker === state ? 1 : 0, labels: { ...labelsOf(one), state } }))),
    [...LABELS, 'state'],
  )
  metrics.gauge(
    `${prefix}_in_flight`,
    'What is under way to an instance',
    () => balance.states().map((one) => ({ value: one.inFlight, labels: labelsOf(one) })),
    LABELS,
  )
  metrics.gauge(`${prefix}_retry_tokens`, 'Second attempts that may be made at once', () => [{ value: balance.retryTokens }])
}
