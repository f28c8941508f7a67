import { createHash } from 'node:crypto'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { seal, unseal } from '#kit/core/sealed.ts'
import { CommandError } from './command.ts'
import { readVariables, type Value } from './configuration-variables.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import { CAME_FROM_CONFIG, type Environment, readFew, type Settings } from './settings.ts'
import { settingsTable } from './settings-table.ts'

/** These decide where configuration is read and what opens it. */
const NEVER: ReadonlySet<string> = new Set([
  'SOUK_DIR',
  'SOUK_SECRET',
  'CONFIG_URL',
  'CONFIG_PROFILE',
  'CONFIG_LABEL',
  'CONFIG_REQUIRED',
])
const KEYS = ['configUrls', 'configProfile', 'configLabel', 'configRequired', 'dir', 'secret', 'environment'] as const
const TIMEOUT_MS = 3_000
const PATIENCE_MS = 6_000
const PROFILES = { development: 'dev', test: 'test', production: 'prod' } as const

type Few = Pick<Settings, (typeof KEYS)[number]>

export interface Configured {
  /** what the server says, below what the environment says */
  readonly environment: Environment
  /** `server`, `copy`: the one kept of the last time; `none`: there is no server, or it said nothing */
  readonly from: 'server' | 'copy' | 'none'
  /** why it was not the server */
  readonly problem?: string
}

interface Where {
  readonly environment: Environment
  readonly root: URL
  readonly only: readonly string[] | undefined
}

/**
 * The environment with the settings of the configuration server (CONFIG_URL) below it. When the server does not answer, what it said the last time is used:
 * a copy is kept in SOUK_DIR, sealed, because there may be secrets in it.
 */
export async function readConfiguration({ environment, root, only }: Where, patienceMs = PATIENCE_MS): Promise<Configured> {
  const own = withoutConfigured(environment)
  const few = readFew(own, KEYS, { root })
  if (few.configUrls.length === 0) return { environment: own, from: 'none' }
  const secrets = await openSecrets({ dir: few.dir, secret: few.secret })
  const question = questionOf(few, only)
  const copy = copyOf(few.dir, question, secrets)
  const known = await knownVariables(root)
  const below = (sources: readonly Sources[]): Environment => {
    const variables = Object.fromEntries(Object.entries(readVariables(sources)).filter(([name]) => known(name)))
    const mine = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined && value.trim() !== ''))
    return {
      ...own,
      ...variables,
      ...mine,
      [CAME_FROM_CONFIG]: Object.keys(variables)
        .filter((name) => !(name in mine))
        .join(','),
    }
  }
  try {
    const sources = await askUntil(few.configUrls, question, secrets, performance.now() + patienceMs)
    await copy.keep(sources).catch(() => undefined)
    return { environment: below(sources), from: 'server' }
  } catch (error) {
    const problem = (error as Error).message
    const kept = await copy.read()
    if (kept) return { environment: below(kept), from: 'copy', problem }
    if (few.configRequired)
      throw new CommandError(`The configuration cannot be read: ${problem}.`, {
        mend: 'Start the config service, correct CONFIG_URL, or set CONFIG_REQUIRED=false to start without it.',
        cause: error,
      })
    return { environment: own, from: 'none', problem }
  }
}

/** The process's own environment, without what a parent process had from the server. */
function withoutConfigured(environment: Environment): Environment {
  const names = new Set([CAME_FROM_CONFIG, ...(environment[CAME_FROM_CONFIG] ?? '').split(',')])
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.has(name)))
}

/** `souk,orders/prod/main` */
function questionOf({ configProfile, configLabel, environment }: Few, only: readonly string[] | undefined): string {
  const label = configLabel === undefined ? '' : `/${encodeURIComponent(configLabel.replaceAll('/', '(_)'))}`
  return `${['souk', ...(only ?? [])].join(',')}/${configProfile ?? PROFILES[environment]}${label}`
}

/** Only settings of ours: a file in a repository must not decide how Node runs. */
async function knownVariables(root: URL): Promise<(name: string) => boolean> {
  const entries = await readdir(new URL('services/', root), { withFileTypes: true })
  const services = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${name.replaceAll('-', '_').toUpperCase()}_`)
  const platform = new Set(Object.values(settingsTable).map(({ env }) => env as string))
  return (name) => !NEVER.has(name) && (platform.has(name) || services.some((prefix) => name.startsWith(prefix)))
}

interface Sources {
  readonly source: Readonly<Record<string, Value>>
}

async function askUntil(
  urls: readonly string[],
  question: string,
  secrets: Secrets,
  deadline: number,
): Promise<readonly Sources[]> {
  for (;;) {
    const errors: unknown[] = []
    for (const url of urls) {
      try {
        return await ask(url, question, secrets)
      } catch (error) {
        errors.push(error)
      }
    }
    // what refuses now refuses in a moment too; what does not answer may yet
    const may = errors.filter((error) => !(error instanceof Refused))
    if (may.length === 0 || performance.now() > deadline) throw errors[0]
    await delay(250)
  }
}

/** The server has answered, and asking again would not help. */
class Refused extends Error {}

async function ask(text: string, question: string, secrets: Secrets): Promise<readonly Sources[]> {
  const url = new URL(text.endsWith('/') ? text : `${text}/`)
  const account = url.username === '' ? undefined : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  const authorization =
    account === undefined ? `Bearer ${await ownToken(secrets)}` : `Basic ${Buffer.from(account).toString('base64')}`
  const answer = await fetch(new URL(question, url), {
    headers: { accept: 'application/json', authorization },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (!answer.ok) {
    const problem = `${url.href}${question} answers ${answer.status}`
    throw answer.status < 500 ? new Refused(problem) : new Error(problem)
  }
  const { propertySources } = (await answer.json()) as { propertySources?: readonly Sources[] }
  if (!Array.isArray(propertySources)) throw new Refused(`${url.href} does not answer as a config server`)
  return propertySources
}

async function ownToken(secrets: Secrets): Promise<string> {
  const [{ createServiceTokens }, { SERVICE_KEY }] = await Promise.all([
    import('#kit/rpc/service-tokens.ts'),
    import('./platform/service-key.ts'),
  ])
  return await createServiceTokens(secrets.secret(SERVICE_KEY)).token('souk', 'config', { kind: 'service', id: 'souk' })
}

function copyOf(dir: string, question: string, secrets: Secrets) {
  const file = join(dir, `configuration-${createHash('sha256').update(question).digest('hex').slice(0, 12)}.sealed`)
  const key = secrets.secret('configuration copy')
  return {
    async keep(sources: readonly Sources[]): Promise<void> {
      const aside = `${file}.${process.pid}`
      await writeFile(aside, seal(key, question, Buffer.from(JSON.stringify(sources))), { mode: 0o600 })
      await rename(aside, file)
    },
    async read(): Promise<readonly Sources[] | undefined> {
      try {
        return JSON.parse(unseal(key, question, await readFile(file)).toString('utf8')) as readonly Sources[]
      } catch {
        return undefined
      }
    },
  }
}
