import type { CommandContext } from './command.ts'
import type { Environment } from './settings.ts'

/** The environment of a process that starts: with what the configuration server says, where CONFIG_URL names one. */
export async function configured(
  { environment, root, terminal }: Pick<CommandContext, 'environment' | 'root' | 'terminal'>,
  only: readonly string[] | undefined,
): Promise<Environment> {
  // Most shops have none; they do not pay for the code.
  if (!environment['CONFIG_URL']?.trim()) return environment
  // The server cannot ask itself before it runs; it takes over what may change once it does.
  if (only?.includes('config')) return environment
  const { readConfiguration } = await import('./configuration.ts')
  const { environment: all, from, problem } = await readConfiguration({ environment, root, only })
  if (from === 'copy')
    terminal.warn(`The configuration server does not answer (${problem}); the settings it gave the last time are used.`)
  if (from === 'none') terminal.warn(`The configuration server does not answer (${problem}); the environment alone decides.`)
  return all
}
