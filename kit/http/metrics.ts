import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { RequestEnd } from './request-end.ts'
import type { RouteFacts } from './compiled-route.ts'

export interface Metrics {
  readonly registry: Registry
  /** for `buildApp({ onRequestEnd })` */
  observe(end: RequestEnd): void
  /** A value read when somebody looks: pool connections, outbox lag. One reading per label set; `labels` names them. */
  gauge(
    name: string,
    help: string,
    read: () => readonly Reading[] | Promise<readonly Reading[]>,
    labels?: readonly string[],
  ): void
  counter(name: string, help: string, labels?: readonly string[]): Counter
  /** A counter that is kept elsewhere and read when somebody looks. */
  counted(name: string, help: string, read: () => readonly Reading[], labels?: readonly string[]): void
}

export interface Reading {
  readonly value: number
  readonly labels?: Record<string, string>
}

/** seconds */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10] as const

interface Series {
  readonly labels: Record<string, string>
  readonly counts: number[]
  sum: number
  count: number
}

/**
 * The process's metrics. Request latency is counted in plain arrays per route and status, an order of magnitude cheaper
 * on the hot path than a labelled histogram, and turned into Prometheus' shape when somebody scrapes.
 */
export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry()
  if (options.process !== false) collectDefaultMetrics({ register: registry })
  const byRoute = new Map<RouteFacts, Map<number, Series>>()

  const seriesOf = (facts: RouteFacts, status: number): Series => {
    let byStatus = byRoute.get(facts)
    if (!byStatus) {
      byStatus = new Map()
      byRoute.set(facts, byStatus)
    }
    let series = byStatus.get(status)
    if (!series) {
      const labels = { service: facts.service, method: facts.method, route: facts.path, status: String(status) }
      series = { labels, counts: BUCKETS.map(() => 0), sum: 0, count: 0 }
      byStatus.set(status, series)
    }
    return series
  }

  const name = 'http_server_requests_seconds'
  const values = () => {
    const list: { metricName: string; labels: Record<string, string>; value: number }[] = []
    for (const byStatus of byRoute.values()) {
      for (const { labels, counts, sum, count } of byStatus.values()) {
        let below = 0
        for (const [index, bound] of BUCKETS.entries()) {
          below += counts[index] as number
          list.push({ metricName: `${name}_bucket`, labels: { ...labels, le: String(bound) }, value: below })
        }
        list.push({ metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count })
        list.push({ metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: count })
      }
    }
    return list
  }
  registry.registerMetric({
    name,
    help: 'Time to answer a request, in seconds',
    get: async () => ({
      name,
      help: 'Time to answer a request, in seconds',
      type: 'histogram',
      values: values(),
      aggregator: 'sum',
    }),
    reset: () => byRoute.clear(),
  } as never)

  return {
    registry,
    observe({ facts, status, milliseconds }) {
      const series = seriesOf(facts, status)
      const seconds = milliseconds / 1000
      series.sum += seconds
      series.count += 1
      const index = BUCKETS.findIndex((bound) => seconds <= bound)
      if (index >= 0) series.counts[index] = (series.counts[index] as number) + 1
    },
    gauge(name, help, read, labels = []) {
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [registry],
        async collect() {
          this.reset()
          for (const reading of await read()) this.set(reading.labels ?? {}, reading.value)
        },
      })
    },
    counted(name, help, read, labels = []) {
      new Counter({
        name,
        help,
        labelNames: [...labels],
        registers: [registry],
        collect() {
          this.reset()
          for (const { labels: of = {}, value } of read()) this.inc(of, value)
        },
      })
    },
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers: [registry] }),
  }
}
