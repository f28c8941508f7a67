import { silentLogger } from '#kit/service/logger.ts'
import type { CommandContext } from './command.ts'
import { type Installation, openInstallation } from './installation.ts'
import { type DatabaseUrls, urlsOf } from './platform/database-plan.ts'
import { prepareDatabases, startDatabase } from './platform/database.ts'
import { openPlatform, type Platform, type PlatformOptions } from './platform/platform.ts'

export interface WithPlatformOptions extends Partial<Pick<PlatformOptions, 'poolSize' | 'timeouts' | 'part'>> {
  /** bring the databases up to date first, as `start` does */
  readonly prepare?: boolean
}

/**
 * Opens all services for one command, beside a running shop or without one, and closes them again. Nothing loops: events that the
 * work leaves in the outbox go out with the next start, or at once where the shop runs.
 */
export async function withPlatform<T>(
  context: Pick<CommandContext, 'environment' | 'root' | 'terminal'>,
  work: (platform: Platform, installation: Installation, urls: DatabaseUrls) => Promise<T>,
  { prepare = false, ...options }: WithPlatformOptions = {},
): Promise<T> {
  const installation = { ...(await openInstallation(context)), log: silentLogger }
  const embedded = await startDatabase(installation)
  try {
    const prepared = prepare ? await prepareDatabases(installation, embedded) : undefined
    const urls = urlsOf(installation, embedded)
    const platform = await openPlatform({ ...installation, urls, part: 'command', poolSize: 2, ...options })
    try {
      // A folder on which no shop was ever started: what its services need first. `start` does the rest.
      if (prepared && prepared.migrated.length > 0) for (const service of platform.host.services) await service.bootstrap()
      return await work(platform, installation, urls)
    } finally {
      await platform.close()
    }
  } finally {
    await embedded?.stop()
  }
}
