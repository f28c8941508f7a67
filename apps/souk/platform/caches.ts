import { createResponseCache, type CacheStats, type ResponseCache } from '#kit/cache/response-cache.ts'
import type { HealthProvider } from '#kit/http/health.ts'
import type { Metrics } from '#kit/http/metrics.ts'
import type { Platform } from './platform.ts'

export interface Caches {
  of(service: string): ResponseCache | undefined
  readonly health: HealthProvider
  close(): void
}

/**
 * Memory for the answers of every service that has routes to keep. Its own list of changes says what is still true; its
 * events ring, so that other processes look at the list at once and not only when it is time.
 */
export async function openCaches(platform: Platform): Promise<Caches> {
  const caches = new Map<string, ResponseCache>()
  const deafen: (() => void)[] = []
  for (const { name, routes, service, changes } of platform.host.services) {
    if (!routes.some((route) => route.spec.cached)) continue
    const cache = createResponseCache({ read: changes })
    caches.set(name, cache)
    const topics = [...new Set((service.publishes ?? []).map(({ topic }) => topic))]
    deafen.push(await platform.bus.onNews(topics, () => cache.ring()))
  }
  return {
    of: (service) => caches.get(service),
    health: {
      name: 'cache',
      check: async () => Object.fromEntries([...caches].map(([name, cache]) => [name, described(cache.stats())])),
    },
    close: () => {
      for (const stop of deafen) stop()
    },
  }
}

function described({ hits, misses, ...rest }: CacheStats) {
  return { ...rest, hits, misses, hitRate: hits + misses === 0 ? null : Math.round((hits / (hits + misses)) * 1000) / 1000 }
}

/** Hit rate and memory for Prometheus. */
export function registerCacheGauges(metrics: Metrics, caches: Caches, services: readonly string[]): void {
  const each = (pick: (stats: CacheStats) => number) => () =>
    services.flatMap((service) => {
      const stats = caches.of(service)?.stats()
      return stats ? [{ value: pick(stats), labels: { service } }] : []
    })
  const gauge = (name: string, help: string, pick: (stats: CacheStats) => number) =>
    metrics.gauge(name, help, each(pick), ['service'])
  gauge('cache_entries', 'Answers kept in memory', (stats) => stats.entries)
  gauge('cache_bytes', 'Memory that kept answers take', (stats) => stats.bytes)
  gauge('cache_hits', 'Answers that came from memory', (stats) => stats.hits)
  gauge('cache_misses', 'Answers that had to be made', (stats) => stats.misses)
  gauge('cache_dropped', 'Kept answers given up because something changed', (stats) => stats.dropped)
  gauge('cache_evicted', 'Kept answers given up for room', (stats) => stats.evicted)
}
