import { openMarks } from './marks.ts'
import { openPlatform, type Part, type PlatformOptions } from './platform.ts'
import { seedServices } from './seed.ts'

/** Fills the demo shop beside the running one, then ends. Stopped half-way, the next start goes on where it was. */
export async function startDemoPart(options: Omit<PlatformOptions, 'part' | 'poolSize'>, onEnd: () => void): Promise<Part> {
  const platform = await openPlatform({ ...options, part: 'demo', poolSize: 2 })
  const marks = openMarks(options.urls.platform)
  const stopping = new AbortController()
  const work = seedServices(platform.host, marks, {
    signal: stopping.signal,
    onService: (service, milliseconds) => options.log.info({ service, milliseconds }, 'demo data is in'),
  }).then(
    () => onEnd(),
    (error: unknown) => {
      options.log.warn({ err: error }, 'the demo shop could not be filled')
      process.exitCode = 1
      if (!stopping.signal.aborted) process.exit(1)
    },
  )
  return {
    platform,
    async stop() {
      stopping.abort()
      await Promise.race([work, new Promise((resolve) => setTimeout(resolve, 2_000).unref())])
      await marks.close()
      await platform.close()
    },
  }
}
