import { silentLogger } from '#kit/service/logger.ts'
import type { CommandContext } from './command.ts'
import { type Installation, openInstallation } from './installation.ts'
import { type DatabaseUrls, startDatabase, urlsOf } from './platform/database.ts'
import { openPlatform, type Platform } from './platform/platform.ts'

/**
 * Opens all services for one command, beside a running shop or without one, and closes them again. Nothing loops: events that the
 * work leaves in the outbox go out with the next start, or at once where the shop runs.
 */
export async function withPlatform<T>(
  context: Pick<CommandContext, 'environment' | 'root' | 'terminal'>,
  work: (platform: Platform, installation: Installation, urls: DatabaseUrls) => Promise<T>,
): Promise<T> {
  const installation = { ...(await openInstallation(context)), log: silentLogger }
  const embedded = await startDatabase(installation)
  try {
    const urls = urlsOf(installation, embedded)
    const platform = openPlatform({ ...installation, urls, part: 'command', poolSize: 2 })
    try {
      return await work(platform, installation, urls)
    } finally {
      await platform.close()
    }
  } finally {
    await embedded?.stop()
  }
}
