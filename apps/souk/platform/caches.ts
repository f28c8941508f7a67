import { createResponseCache, type CacheStats, type ResponseCache } from '#kit/cache/response-cache.ts'
import type { SecondLevel, SecondLevelStats } from '#kit/cache/second-level.ts'
import type { HealthProvider } from '#kit/http/health.ts'
import type { Metrics } from '#kit/http/metrics.ts'
import type { Platform } from './platform.ts'

export interface Caches {
  of(service: string): ResponseCache | undefined
  /** what the processes share of a service's answers */
  sharedOf(service: string): SecondLevel | undefined
  readonly health: HealthProvider
  close(): void
}

/**
 * Memory for the answers of every service that has routes to keep. Its own list of changes says what is still true; its
 * events ring, so that other processes look at the list at once and not only when it is time.
 */
export async function openCaches(platform: Platform): Promise<Caches> {
  const caches = new Map<string, { cache: ResponseCache; second: SecondLevel | undefined }>()
  const deafen: (() => void)[] = []
  for (const { name, routes, service, changes } of platform.host.services) {
    if (!routes.some((route) => route.spec.cached)) continue
    const second = platform.memory.secondLevel(name)
    const cache = createResponseCache({ read: changes, second })
    caches.set(name, { cache, second })
    const topics = [...new Set((service.publishes ?? []).map(({ topic }) => topic))]
    deafen.push(await platform.bus.onNews(topics, () => cache.ring()))
  }
  return {
    of: (service) => caches.get(service)?.cache,
    sharedOf: (service) => caches.get(service)?.second,
    health: {
      name: 'cache',
      // A memory that does not answer is a detail: the shop goes on without it.
      check: async () => ({
        ...Object.fromEntries(
          [...caches].map(([name, { cache, second }]) => [
            name,
            { ...withRate(cache.stats()), ...(second ? { shared: withRate(second.stats()) } : {}) },
          ]),
        ),
        memory: await platform.memory.describe(),
      }),
    },
    close: () => {
      for (const stop of deafen) stop()
    },
  }
}

const withRate = <S extends Asked>(stats: S) => ({ ...stats, hitRate: rateOf(stats) ?? null })

type Asked = { readonly hits: number; readonly misses: number }

/** Since the process began, three decimals; undefined where nobody has asked yet. */
function rateOf({ hits, misses }: Asked): number | undefined {
  const asked = hits + misses
  return asked === 0 ? undefined : Math.round((hits / asked) * 1000) / 1000
}

/** Hit rate and memory for Prometheus. */
export function registerCacheGauges(metrics: Metrics, caches: Caches, { host, memory }: Pick<Platform, 'host' | 'memory'>): void {
  const each =
    <S>(statsOf: (service: string) => S | undefined) =>
    (pick: (stats: S) => number | undefined) =>
    () =>
      host.services.flatMap(({ name }) => {
        const stats = statsOf(name)
        const value = stats && pick(stats)
        return value === undefined ? [] : [{ value, labels: { service: name } }]
      })
  const own = each<CacheStats>((service) => caches.of(service)?.stats())
  const gauge = (name: string, help: string, pick: (stats: CacheStats) => number | undefined) =>
    metrics.gauge(name, help, own(pick), ['service'])
  gauge('cache_entries', 'Answers kept in memory', (stats) => stats.entries)
  gauge('cache_bytes', 'Memory that kept answers take', (stats) => stats.bytes)
  gauge('cache_hits', 'Answers that came from memory', (stats) => stats.hits)
  gauge('cache_misses', 'Answers that had to be made', (stats) => stats.misses)
  gauge('cache_hit_rate', 'Share of answers that came from memory since the start; 0 to 1', rateOf)
  gauge('cache_dropped', 'Kept answers given up because something changed', (stats) => stats.dropped)
  gauge('cache_warmed', 'Answers made anew as soon as a change had ended them, before anybody asked', (stats) => stats.warmed)
  gauge('cache_evicted', 'Kept answers given up for room', (stats) => stats.evicted)
  if (memory.driver !== 'redis') return
  const shared = each<SecondLevelStats>((service) => caches.sharedOf(service)?.stats())
  const sharedGauge = (name: string, help: string, pick: (stats: SecondLevelStats) => number | undefined) =>
    metrics.gauge(name, help, shared(pick), ['service'])
  sharedGauge('cache_shared_hits', 'Answers that another process had made', (stats) => stats.hits)
  sharedGauge('cache_shared_misses', 'Answers that no process had made', (stats) => stats.misses)
  sharedGauge('cache_shared_hit_rate', 'Share of them that another process had made since the start; 0 to 1', rateOf)
  sharedGauge('cache_shared_waits', 'Times an answer was waited for that another process made', (stats) => stats.waits)
  metrics.gauge('redis_up', '1 while Redis answers', () => [{ value: memory.stats().up ? 1 : 0 }])
  metrics.gauge('redis_failures', 'Questions that Redis did not answer in time', () => [{ value: memory.stats().failures }])
  metrics.gauge('redis_values_hits', 'Values that were remembered', () => [{ value: memory.stats().hits }])
  metrics.gauge('redis_values_misses', 'Values that were not remembered', () => [{ value: memory.stats().misses }])
}
