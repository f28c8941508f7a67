import { Histogram } from 'prom-client'
import type { Metrics } from '../metrics.ts'
import type { Forwarder } from './forwarder.ts'
import { LABELS, registerBalanceGauges } from '#kit/balance/metrics.ts'

/** What Prometheus sees of the services behind us: attempts and their times, retries, breakers. */
export function registerForwardMetrics(metrics: Metrics, forwarder: Forwarder): void {
  const attempts = new Histogram({
    name: 'gateway_upstream_seconds',
    help: 'Time until a service in another process began its answer, in seconds, for each attempt',
    labelNames: [...LABELS, 'outcome'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10],
    registers: [metrics.registry],
  })
  const retries = metrics.counter('gateway_retries_total', 'Second attempts', ['service'])
  forwarder.onAttempt(({ instance: { service, peer }, outcome, milliseconds, attempt }) => {
    attempts.observe({ service, instance: peer.url, version: peer.version, outcome }, milliseconds / 1000)
    if (attempt > 0) retries.inc({ service })
  })
  registerBalanceGauges(metrics, 'gateway', forwarder)
}
