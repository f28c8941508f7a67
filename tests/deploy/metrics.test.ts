import { readdir, readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { registerForwardMetrics } from '#kit/http/forward/metrics.ts'
import { createMetrics } from '#kit/http/metrics.ts'
import { backgroundMetrics } from '../../apps/souk/operations/background-metrics.ts'
import { createTallies } from '../../apps/souk/operations/background-tallies.ts'
import { registerFigures, registerGauges, registerLoadMetrics, registerTraceGauge } from '../../apps/souk/operations/gauges.ts'
import { registerCacheGauges } from '../../apps/souk/platform/caches.ts'
import { assemble } from '../../apps/souk/reference/assemble.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFile(new URL(path, root), 'utf8')
/** Made by Prometheus itself. */
const OF_PROMETHEUS = new Set(['up', 'ALERTS'])
/** Words of its language; labels and what stands in quotes are taken out before. */
const WORDS = new Set('sum max min by rate increase histogram_quantile on or and unless ignoring'.split(' '))

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly runbook: string }
}

let exported: Set<string>
let rules: Rule[]

beforeAll(async () => {
  const assembly = await assemble(root)
  const metrics = createMetrics()
  const nobody = {} as never
  registerGauges(metrics, nobody, nobody, nobody)
  registerFigures(metrics, assembly.host.services)
  registerLoadMetrics(metrics, nobody)
  registerCacheGauges(metrics, nobody, { memory: { driver: 'redis' }, host: { services: [] } } as never)
  const tracer = { stats: () => ({ exported: 0, failed: 0 }) }
  registerTraceGauge(metrics, { tracer })
  registerForwardMetrics(metrics, { onAttempt: () => undefined } as never)
  const background = backgroundMetrics({
    tallies: createTallies(),
    relays: [],
    rules: { results: () => [] },
    platform: { tracer, calls: nobody },
  })
  exported = new Set([metrics, background].flatMap(({ registry }) => registry.getMetricsAsArray().map(({ name }) => name)))
  rules = (parse(await read('deploy/prometheus/rules.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
    (group) => group.rules,
  )
  await assembly.close()
}, 60_000)

/** Names of metrics in a PromQL expression. */
function namesIn(expression: string): string[] {
  const bare = expression
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\b(by|on|ignoring)\s*\([^)]*\)/g, '')
    .replace(/\[[^\]]*\]/g, '')
  return (bare.match(/[a-zA-Z_][a-zA-Z0-9_]*/g) ?? []).filter((word) => !WORDS.has(word) && !/^\d|^e\d+$/.test(word))
}

function unknownIn(expression: string): string[] {
  return namesIn(expression).filter(
    (name) => !OF_PROMETHEUS.has(name) && !exported.has(name) && !exported.has(name.replace(/_(bucket|count|sum)$/, '')),
  )
}

describe('dashboards and alerts', () => {
  it('name only what a running shop exports', async () => {
    expect(unknownIn('sum by (service) (rate(made_up_total{a="b"}[5m])) / up'), 'the check can see').toEqual(['made_up_total'])
    expect(rules.map(({ alert, expr }) => [alert, unknownIn(expr)]).filter(([, names]) => names!.length > 0)).toEqual([])
    for (const file of await readdir(new URL('deploy/grafana/', root))) {
      const { panels } = JSON.parse(await read(`deploy/grafana/${file}`)) as {
        panels: { title: string; targets: { expr: string }[] }[]
      }
      const wrong = panels.flatMap(({ title, targets }) =>
        targets.flatMap(({ expr }) => unknownIn(expr).map((name) => `${title}: ${name}`)),
      )
      expect(wrong, file).toEqual([])
    }
  })

  it('lead whoever is called at night to a page that says what to do', async () => {
    const pages = (await read('docs/run-books.md')).split('\n').filter((line) => line.startsWith('## '))
    expect(pages.map((line) => line.slice(3))).toEqual(rules.map(({ alert }) => alert))
    expect(rules.map(({ annotations }) => annotations.runbook)).toEqual(
      rules.map(({ alert }) => `docs/run-books.md#${alert.toLowerCase()}`),
    )
  })

  it('are each tried with a shop that needs them and one that does not', async () => {
    const { tests } = parse(await read('deploy/prometheus/rules.test.yaml')) as { tests: { name: string }[] }
    expect(tests.map(({ name }) => name).sort()).toEqual(
      rules.flatMap(({ alert }) => [`${alert} is silent`, `${alert} rings`]).sort(),
    )
  })
})
