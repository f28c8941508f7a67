import type { CommandContext } from './command.ts'
import type { Environment } from './settings.ts'

/** The environment of a process that starts: with what the configuration server says, where CONFIG_URL names one. */
export async function configured(
  { environment, root, terminal }: Pick<CommandContext, 'environment' | 'root' | 'terminal'>,
  only: readonly string[] | undefined,
): Promise<Environment> {
  // Most shops have none; they do not pay for the code.
  if (!environment['CONFIG_URL']?.trim()) return environment
  // It takes over what may change once the server runs.
  if (asksItself(environment, only)) return environment
  const { readConfiguration } = await import('./configuration.ts')
  const { environment: all, from, problem } = await readConfiguration({ environment, root, only })
  if (from === 'copy')
    terminal.warn(`The configuration server does not answer (${problem}); the settings it gave the last time are used.`)
  if (from === 'none') terminal.warn(`The configuration server does not answer (${problem}); the environment alone decides.`)
  return all
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

/**
 * Whether the server that CONFIG_URL names is the process that starts: it would wait for itself. Beside other services that is told by the address, because
 * theirs may be a server elsewhere, which they need; a config service alone has nobody to ask for, and behind a load balancer its address does not tell.
 */
export function asksItself(environment: Environment, only: readonly string[] | undefined): boolean {
  if (!only?.includes('config')) return false
  if (only.length === 1) return true
  const hosts = new Set([...LOOPBACK, environment['HOST'], environment['ADVERTISED_HOST']])
  const port = environment['PORT']?.trim() || '8080'
  return (environment['CONFIG_URL'] ?? '').split(',').some((text) => {
    const url = URL.parse(text.trim())
    return url !== null && hosts.has(url.hostname) && (url.port || (url.protocol === 'https:' ? '443' : '80')) === port
  })
}
