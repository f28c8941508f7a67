import { fileURLToPath, pathToFileURL } from 'node:url'
import { isAbsolute, join } from 'node:path'
import type { Static, TSchema } from 'typebox'
import { databaseOf } from '#kit/db/url.ts'
import type { Service } from '#kit/service/service.ts'
import { CommandError } from './command.ts'
import { readSetting } from './setting-value.ts'
import { aliases, refused, valueAliases } from './settings-aliases.ts'
import type { Setting } from './setting.ts'
import { settingsTable } from './settings-table.ts'
import { serviceTable } from './service-table.ts'
import { weakness } from './weak-secret.ts'

/** The process environment as the host hands it on; read in main.ts only. */
export type Environment = Readonly<Record<string, string | undefined>>

type Table = typeof settingsTable
type Always =
  | { [K in keyof Table]: Table[K]['default'] extends undefined ? never : K }[keyof Table]
  | 'publicUrl'
  | 'seedDemo'
  | 'tracesKept'

/** Settings of one service. */
export interface ServiceSettings {
  /** its own database, where it has one */
  readonly databaseUrl: string | undefined
  /** the pooler in front of it, where it is not that of all */
  readonly poolerUrl: string | undefined
  readonly replicaUrls: readonly string[] | undefined
  /** what its `settings` schema declares */
  readonly own: Readonly<Record<string, unknown>>
}

/** Validated, frozen, read once. `dir` is an absolute path, `objectsUrl` the URL of a folder or a bucket. */
export type Settings = { readonly [K in keyof Table]: Static<Table[K]['schema']> | (K extends Always ? never : undefined) } & {
  readonly services: Readonly<Record<string, ServiceSettings>>
  /** Where settings come from that are not as they come with the shop, by their variables. */
  readonly sources: Readonly<Record<string, string>>
}

/** Names of the variables that came from the configuration server: a child process can tell them from its own. */
export const CAME_FROM_CONFIG = 'SOUK_CONFIGURED'

interface ReadOptions {
  /** services whose own settings are read too */
  services?: readonly Pick<Service, 'name' | 'settings'>[]
  /** folder of the installation, for relative paths */
  root: URL
}

/** Some settings, before the others are known. Wrong ones are told with all others, by `readSettings`. */
export function readFew<K extends keyof Settings & keyof Table>(
  environment: Environment,
  keys: readonly K[],
  { root }: Pick<ReadOptions, 'root'>,
): Pick<Settings, K> {
  const text = variables(environment)
  const values: Record<string, unknown> = {}
  for (const key of keys) {
    const setting = settingsTable[key] as unknown as Setting
    const { value, from } = find(setting.env, text)
    values[key] = value === undefined ? setting.default : (readInto([], from, setting.schema, value, true) ?? setting.default)
  }
  if (keys.includes('dir' as K)) values['dir'] = folderOf(values['dir'] as string, root)
  return values as Pick<Settings, K>
}

const folderOf = (dir: string, root: URL): string => (isAbsolute(dir) ? dir : join(fileURLToPath(root), dir))

/** Reads and checks everything; throws one CommandError that lists every bad setting with its mend. */
export function readSettings(environment: Environment, { services = [], root }: ReadOptions): Settings {
  const problems: string[] = []
  const text = variables(environment)
  for (const [env, reason] of Object.entries(refused))
    if (text(env) !== undefined) problems.push(`${env} is not used: ${reason}.`)

  const values: Record<string, unknown> = {}
  const sources = createSources(environment)
  for (const [key, setting] of Object.entries(settingsTable as Record<string, Setting>)) {
    const { value, from } = find(setting.env, text)
    if (value !== undefined) sources.note(setting.env, from)
    if (value === undefined) {
      values[key] = setting.default
      continue
    }
    values[key] = readInto(problems, from, setting.schema, value, setting.secret === true)
    lookCloser(problems, from, setting, values[key])
  }
  values.services = Object.freeze(
    Object.fromEntries(services.map((service) => [service.name, readService(service, text, problems, sources.note)])),
  )
  values.sources = Object.freeze(sources.all)
  finish(values as Settings & Record<string, unknown>, root, problems)
  if (problems.length > 0) throw settingsError(problems)
  return Object.freeze(values) as Settings
}

function createSources(environment: Environment) {
  const configured = new Set((environment[CAME_FROM_CONFIG] ?? '').split(','))
  const all: Record<string, string> = {}
  const note = (env: string, from = env): void => {
    all[env] = configured.has(env) ? 'configuration server' : from === env ? 'environment' : from.split(' ', 1)[0]!
  }
  return { all, note }
}

/** A secret stands in no message: only what is wrong with it. */
function lookCloser(problems: string[], name: string, { check }: Setting, value: unknown): void {
  if (value === undefined) return
  try {
    check?.(value as never)
  } catch (error) {
    problems.push(`${name} is wrong: ${error instanceof TypeError && !('code' in error) ? error.message : 'it is no URL'}.`)
  }
}

function settingsError(problems: string[]): CommandError {
  const [first = '', ...more] = problems
  return more.length === 0
    ? new CommandError(`Setting ${first}`, { mend: 'docs/settings.md lists all settings.' })
    : new CommandError(`${problems.length} settings are wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n`, {
        mend: 'docs/settings.md lists all settings.',
      })
}

/**
 * Empty variables count as absent (compose files set them so). Kubernetes and Docker links put `REDIS_PORT=tcp://10.0.0.1:6379` into
 * the environment of every container when a service is called redis: that is not a setting.
 */
function variables(environment: Environment): (name: string) => string | undefined {
  return (name) => {
    const value = environment[name]?.trim()
    return value === '' || value?.startsWith('tcp://') ? undefined : value
  }
}

/** The setting's own variable wins over an alias. */
function find(env: string, text: (name: string) => string | undefined): { value: string | undefined; from: string } {
  let from = env
  let value = text(env)
  if (value === undefined) {
    for (const alias of aliases) {
      const other = alias.stands === env ? text(alias.env) : undefined
      if (other === undefined) continue
      from = `${alias.env} (${env})`
      value = alias.read(other, text)
      break
    }
  }
  return { value: value === undefined ? undefined : (valueAliases[env]?.[value.toLowerCase()] ?? value), from }
}

function readInto(problems: string[], name: string, schema: TSchema, text: string, secret: boolean): unknown {
  const result = readSetting(schema, text)
  if ('value' in result) return result.value
  problems.push(`${name} ${result.problem}${secret || result.problem.startsWith('has ') ? '' : `, it is "${text}"`}.`)
  return undefined
}

function readService(
  service: Pick<Service, 'name' | 'settings'>,
  text: (name: string) => string | undefined,
  problems: string[],
  note: (env: string) => void,
): ServiceSettings {
  const read = (key: string, schema: TSchema, secret: boolean) => {
    const env = serviceVariable(service.name, key)
    const value = text(env)
    if (value !== undefined) note(env)
    return value === undefined ? undefined : readInto(problems, env, schema, value, secret)
  }
  const own: Record<string, unknown> = {}
  for (const [key, schema] of Object.entries(
    (service.settings?.properties ?? {}) as Record<string, TSchema & { default?: unknown }>,
  )) {
    own[key] = read(key, schema, isSecret(schema)) ?? schema.default
    const optional = service.settings?.required?.includes(key) === false
    if (own[key] === undefined && !optional && text(serviceVariable(service.name, key)) === undefined) {
      problems.push(
        `${serviceVariable(service.name, key)} is missing: ${String((schema as { description?: string }).description ?? 'it has no default')}.`,
      )
    }
  }
  return Object.freeze({
    databaseUrl: read(serviceTable.databaseUrl.key, serviceTable.databaseUrl.schema, true) as string | undefined,
    poolerUrl: read(serviceTable.poolerUrl.key, serviceTable.poolerUrl.schema, false) as string | undefined,
    replicaUrls: read(serviceTable.replicaUrls.key, serviceTable.replicaUrls.schema, true) as readonly string[] | undefined,
    own: Object.freeze(own),
  })
}

/** Whether log lines are written for people. */
export function linesForPeople(
  { logFormat, environment }: Pick<Settings, 'logFormat' | 'environment'>,
  watched: boolean,
): boolean {
  return logFormat === undefined ? watched && environment === 'development' : logFormat === 'text'
}

/** A service marks a secret setting with `Type.String({ secret: true })`. */
export function isSecret(schema: TSchema): boolean {
  return (schema as { secret?: boolean }).secret === true
}

/** `('delivery', 'labelFolder')` → `DELIVERY_LABEL_FOLDER` */
export function serviceVariable(service: string, key: string): string {
  const snake = key.replace(/([a-z0-9])([A-Z])/g, '$1_$2')
  return `${service.replaceAll('-', '_')}_${snake}`.toUpperCase()
}

type Draft = { -readonly [K in keyof Settings]: Settings[K] }

/** Defaults that depend on other settings, and rules between settings. */
function finish(settings: Draft, root: URL, problems: string[]): void {
  const production = settings.environment === 'production'
  const embedded = settings.databaseUrl === 'embedded'
  settings.dir = folderOf(settings.dir ?? '.souk', root)
  if (settings.objectsUrl === 'file:') settings.objectsUrl = pathToFileURL(join(settings.dir, 'objects/')).href
  settings.seedDemo ??= !production
  // about a megabyte a process: whoever tries the shop sees what an order sets off, and production pays for no spans unasked
  settings.tracesKept ??= settings.environment === 'development' ? 2_000 : 0
  if (settings.publicUrl === undefined) {
    if (production)
      problems.push(
        'PUBLIC_URL is missing: in production the links in mails need the address of the shop, like https://shop.example.',
      )
    settings.publicUrl = `http://localhost:${settings.port}`
  }
  if (production && settings.corsOrigins?.some((origin) => origin.startsWith('http://'))) {
    problems.push('CORS_ORIGINS has an http:// origin: in production only https:// origins are accepted.')
  }
  if (production && settings.killpoints !== undefined) {
    problems.push('SOUK_KILLPOINTS is for tests: it makes processes die on purpose. In production it must not be set.')
  }
  if (settings.poolerUrl !== undefined && embedded) {
    problems.push('POOLER_URL needs a DATABASE_URL: the embedded database is reached without one.')
  }
  if (settings.poolerUrl !== undefined && settings.databasePerService && databaseOf(settings.poolerUrl) !== '') {
    problems.push('POOLER_URL names a database, but with DATABASE_PER_SERVICE each service has its own: leave the name out.')
  }
  if (settings.replicaUrls.length > 0 && embedded)
    problems.push('REPLICA_URLS needs a DATABASE_URL: the embedded database has no replicas.')
  if (settings.secret === undefined && !embedded) {
    problems.push(
      'SOUK_SECRET is missing: with a database of your own all processes need the same one. `openssl rand -base64 48` makes one.',
    )
  }
  const weak = settings.secret === undefined ? undefined : weakness(settings.secret)
  if (weak) problems.push(`SOUK_SECRET ${weak}. \`openssl rand -base64 48\` makes a good one.`)
}
