import { createHash } from 'node:crypto'
import type { EmbeddedPostgres } from '#kit/db/embedded.ts'
import { ownDatabaseUrl } from '#kit/db/own-database.ts'
import { defaultTimeouts, type Pooler } from '#kit/db/open.ts'
import type { SessionLimits } from '#kit/db/roles.ts'
import { databaseOf, hostsOf, withDatabase, withoutParameters, withUser } from '#kit/db/url.ts'
import { DEFAULT_SLOT } from '#kit/messaging/cdc-slot.ts'
import { busLimits } from '#kit/messaging/bus-limits.ts'
import type { RowTable } from '#kit/messaging/rows/row-slot.ts'
import { busMigrations } from '#kit/messaging/schema-sets.ts'
import { migrationSets, roleOf } from '#kit/service/migrations.ts'
import type { Service } from '#kit/service/service.ts'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'

const BUS_ROLE = 'souk_bus'
export const RELAY_ROLE = 'souk_relay'
const PLATFORM_ROLE = 'souk_platform'
/** Schemas that belong to no service. */
const ownSchemas: ReadonlySet<string> = new Set(['bus', 'platform'])
const platformMigrations = { name: 'platform', folder: new URL('./migrations/', import.meta.url) }

/** A database with outboxes: it gets a relay (or a reader of its write-ahead log) of its own. */
export interface OutboxDatabase {
  /** the relay's name in the bus */
  readonly name: string
  readonly url: string
  readonly schemas: readonly string[]
  /** replication slot and publication, where the write-ahead log is read */
  readonly slot: string
  /** tables whose changes are published row by row */
  readonly rows: readonly RowTable[]
}

/** URLs with the least rights each user needs; everything a process of the platform has to know of the databases. */
export interface DatabaseUrls {
  readonly bus: string
  /** the log of the installation's own, for a bus that keeps none */
  readonly archive: string
  /** schema `platform`: what was done once */
  readonly platform: string
  readonly outboxes: readonly OutboxDatabase[]
  readonly services: Readonly<Record<string, string>>
  /** schema → the pooler its statements go through; those without one have none */
  readonly poolers: Readonly<Record<string, Pooler>>
  /** service → copies of its database */
  readonly replicas: Readonly<Record<string, readonly string[]>>
  /** all services run here, and whatever they and the log write lies in one database */
  readonly oneDatabase: boolean
}

/** One schema in one database. */
export interface Target {
  readonly schema: string
  readonly role: string
  readonly sets: ReturnType<typeof migrationSets>
  /** what its sessions begin with behind a pooler */
  readonly limits: SessionLimits
  /** URL of an administrator of its database */
  readonly adminUrl: string
  /** the pooler in front of it, without an account */
  readonly poolerUrl: string | undefined
  /** copies of its database, without an account */
  readonly replicaUrls: readonly string[]
}

interface Plan {
  readonly main: string
  readonly busAdminUrl: string
  readonly targets: readonly Target[]
}

export interface PlanOptions {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly services: readonly Service[]
  /** these are not all services: the others run elsewhere and have their own relay */
  readonly part?: boolean
}

/** Which schema lies in which database. */
export function planOf({ settings, services }: PlanOptions, embedded: Pick<EmbeddedPostgres, 'adminUrl'> | undefined): Plan {
  const main = embedded?.adminUrl ?? settings.databaseUrl
  const busAdminUrl = /^postgres(ql)?:\/\//.test(settings.busUrl) ? settings.busUrl : main
  const ownOrMain = (name: string) => (settings.databasePerService ? ownDatabaseUrl(main, name) : main)
  const ownCopies = (name: string) =>
    settings.databasePerService ? settings.replicaUrls.map((url) => ownDatabaseUrl(url, name)) : settings.replicaUrls
  const targets = services.map((service): Target => {
    const own = settings.services[service.name]
    return {
      adminUrl: own?.databaseUrl ?? ownOrMain(service.name),
      poolerUrl: own?.poolerUrl ?? (own?.databaseUrl === undefined ? settings.poolerUrl : undefined),
      replicaUrls: own?.replicaUrls ?? (own?.databaseUrl === undefined ? ownCopies(service.name) : []),
      schema: service.name,
      role: roleOf(service),
      sets: migrationSets(service),
      limits: defaultTimeouts,
    }
  })
  const poolerUrl = settings.poolerUrl
  const busPooler = busAdminUrl === main ? poolerUrl : undefined
  return {
    main,
    busAdminUrl,
    targets: [
      ...targets,
      {
        adminUrl: busAdminUrl,
        poolerUrl: busPooler,
        replicaUrls: [],
        schema: 'bus',
        role: BUS_ROLE,
        sets: [busMigrations],
        limits: busLimits,
      },
      {
        adminUrl: main,
        poolerUrl,
        replicaUrls: [],
        schema: 'platform',
        role: PLATFORM_ROLE,
        sets: [platformMigrations],
        limits: defaultTimeouts,
      },
    ],
  }
}

/**
 * The name of a database's relay. `main` for the whole shop on the main database: two hosts of the same shop elect one leader by it. A
 * process with some of the services has a relay of its own for just these.
 */
function relayName(adminUrl: string, main: string, schemas: readonly string[], part: boolean): string {
  const database = adminUrl === main ? 'main' : `${hostsOf(adminUrl).join()}/${databaseOf(adminUrl)}`
  return part ? `${database} ${schemas.join('+')}` : database
}

/** Names of slots are short and plain. */
function slotName(relay: string): string {
  return relay === 'main' ? DEFAULT_SLOT : `${DEFAULT_SLOT}_${createHash('sha256').update(relay).digest('hex').slice(0, 12)}`
}

export function asRole(adminUrl: string, role: string, secrets: Secrets): string {
  return withUser(adminUrl, role, secrets.password(`database ${role}`))
}

/** A pooler's database is called like the one behind it unless its URL says otherwise. */
function poolerOf({ adminUrl, poolerUrl, role }: Target, secrets: Secrets): Pooler | undefined {
  if (poolerUrl === undefined) return undefined
  const named = databaseOf(poolerUrl) === '' ? withDatabase(poolerUrl, databaseOf(adminUrl)) : poolerUrl
  return { url: asRole(withoutParameters(named), role, secrets), prepare: !poolerUrl.endsWith('?prepare=no') }
}

/** The events go by another engine than PostgreSQL. */
const isElsewhere = (busUrl: string): boolean => /^(kafkas?|sns\+sqs):/.test(busUrl)

/** The URLs alone, for commands that must not change anything. */
export function urlsOf(options: PlanOptions, embedded: Pick<EmbeddedPostgres, 'adminUrl'> | undefined): DatabaseUrls {
  const { main, busAdminUrl, targets } = planOf(options, embedded)
  const urlOf = (adminUrl: string, role: string) => asRole(adminUrl, role, options.secrets)
  const services = targets.filter(({ schema }) => !ownSchemas.has(schema))
  const outboxes = [...Map.groupBy(services, (target) => target.adminUrl)].map(([adminUrl, group]): OutboxDatabase => {
    const schemas = group.map(({ schema }) => schema)
    const name = relayName(adminUrl, main, schemas, options.part === true)
    const rows = options.services.flatMap(({ name: schema, rowChanges = [] }) =>
      schemas.includes(schema) ? rowChanges.map((table) => ({ schema, table })) : [],
    )
    return { name, url: urlOf(adminUrl, RELAY_ROLE), schemas, slot: slotName(name), rows }
  })
  return {
    bus: isElsewhere(options.settings.busUrl) ? options.settings.busUrl : urlOf(busAdminUrl, BUS_ROLE),
    archive: urlOf(busAdminUrl, BUS_ROLE),
    platform: urlOf(main, PLATFORM_ROLE),
    oneDatabase:
      options.part !== true &&
      /^postgres(ql)?:/.test(options.settings.busUrl) &&
      targets.every(({ adminUrl }) => adminUrl === main),
    outboxes,
    poolers: Object.fromEntries(
      targets.flatMap((target) => {
        const pooler = poolerOf(target, options.secrets)
        return pooler === undefined ? [] : [[target.schema, pooler]]
      }),
    ),
    replicas: Object.fromEntries(
      services.map(({ schema, role, replicaUrls }) => [schema, replicaUrls.map((url) => urlOf(url, role))]),
    ),
    services: Object.fromEntries(services.map(({ schema, adminUrl, role }) => [schema, urlOf(adminUrl, role)])),
  }
}
