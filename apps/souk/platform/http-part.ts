import { liveSettings } from '../live-settings.ts'
import { type Http, openHttp } from './http.ts'
import type { AskAll } from './process-questions.ts'
import { openPlatform, type Part, type PlatformOptions } from './platform.ts'
import { poolSizes } from './pool-sizes.ts'

/** What serves requests. Listens when this returns, if it is told where. */
export async function startHttpPart(
  given: Omit<PlatformOptions, 'part' | 'poolSize' | 'live'>,
  version: string,
  listen: { host: string; port: number } | undefined,
  askAll?: AskAll,
  // the platform is shared with background work: more connections
  { inside = false } = {},
): Promise<Part & Pick<Http, 'listen' | 'ready'>> {
  const live = liveSettings(given.settings, given.services)
  const options = { ...given, settings: live.settings, live }
  const platform = await openPlatform({
    ...options,
    part: 'http',
    poolSize: poolSizes(options.settings, options.services)[inside ? 'both' : 'http'],
  })
  const http = await openHttp(platform, options, version, askAll)
  if (listen) await http.listen(listen)
  return {
    platform,
    listen: http.listen,
    ready: http.ready,
    tell: async (question) => (question.of === 'metrics' ? await http.measured() : given.recent?.find(question.filter)),
    letGo: http.letGo,
    async stop(beforeClosing) {
      await http.close()
      await beforeClosing?.()
      await platform.close()
    },
  }
}
