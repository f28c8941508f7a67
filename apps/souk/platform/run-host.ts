import { createPinoLogger } from '#kit/service/pino-logger.ts'
import type { CommandContext } from '../command.ts'
import { openSecrets } from '../secrets.ts'
import { linesForPeople, type Settings } from '../settings.ts'
import { keepHeapSmall } from './boot-memory.ts'
import { createRecent } from './recent.ts'

type Context = Pick<CommandContext, 'environment' | 'terminal' | 'root' | 'signal'>

/** What `start` and `serve` have in common: opens secrets and log, then loads the host and runs it until the signal. */
export async function runHost(
  { environment, terminal, root, signal }: Context,
  settings: Settings,
  only: readonly string[] | undefined,
  shared?: () => Promise<boolean>,
): Promise<void> {
  const release = keepHeapSmall()
  const secrets = await openSecrets({ dir: settings.dir, secret: settings.secret })
  const recent = createRecent(settings)
  const log = createPinoLogger({
    keep: recent.lines.keep,
    level: settings.logLevel,
    app: only ? `souk-${only[0]}` : 'souk',
    pretty: linesForPeople(settings, terminal.interactive),
  })
  const { runInstallation } = await import('./run.ts')
  await runInstallation({
    environment,
    terminal,
    root,
    signal,
    secrets,
    log,
    recent,
    only,
    onReady: release,
    ...(shared ? { shared } : {}),
  })
}
