import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client'

/** What one process measured: the families of its registry. */
export type Families = MetricObjectWithValues<MetricValue<string>>[]

export interface Measured {
  /** name of the process */
  readonly process: string
  readonly families: Families
}

/** One registry of all processes; every series says whose it is. */
export async function together(all: readonly Measured[]): Promise<Registry> {
  const prometheus = await import('prom-client')
  const families = new Map<string, Families[number]>()
  for (const { process, families: own } of all)
    for (const family of own) {
      const values = family.values.map((value) => ({ ...value, labels: { ...value.labels, process } }))
      const known = families.get(family.name)
      families.set(family.name, { ...family, values: [...(known?.values ?? []), ...values] })
    }
  const registry = new prometheus.Registry()
  for (const family of families.values()) registry.registerMetric({ name: family.name, get: async () => family } as never)
  return registry
}
