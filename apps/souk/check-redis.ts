import { openMemory } from '#kit/memory/open-memory.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { type Finding, ok } from './health-checks.ts'
import type { Installation } from './installation.ts'

/** The Redis of CACHE_URL. Without it the shop goes on, so that nothing fails here. */
export async function checkMemory({ settings }: Installation): Promise<Finding[]> {
  if (settings.cacheUrl === 'memory:') return []
  const memory = await openMemory({
    url: settings.cacheUrl,
    log: silentLogger,
    name: 'souk doctor',
    version: '',
    answerSeconds: 60,
    deadlineMs: 2_000,
  })
  try {
    const { version, memoryBytes, maxMemoryBytes, keys, up, error } = (await memory.describe()) as Record<string, number> & {
      keys?: Record<string, number>
    }
    if (!up)
      return [
        {
          check: 'cache',
          state: 'warning',
          detail: `Redis does not answer: ${String(error)}`,
          mend: 'The shop goes on without it. Start it, or set CACHE_URL to `memory:`.',
        },
      ]
    const count = Object.values(keys ?? {}).reduce((sum, one) => sum + one, 0)
    const size = `${Math.ceil((memoryBytes ?? 0) / 2 ** 20)} MB${maxMemoryBytes ? ` of ${Math.ceil(maxMemoryBytes / 2 ** 20)}` : ''}`
    return [ok('cache', `Redis ${String(version)}, ${count} keys, ${size}`)]
  } finally {
    await memory.close()
  }
}
