import { errors } from './errors.ts'

export const STATUSES = ['UP', 'DOWN', 'STARTING', 'OUT_OF_SERVICE', 'UNKNOWN'] as const
export type Status = (typeof STATUSES)[number]

/** Seconds a client is believed that says nothing of it: the protocol's defaults. */
const RENEWAL_SECONDS = 30
const LEASE_SECONDS = 90

export interface Port {
  readonly port: number
  readonly enabled: boolean
}

/** What an instance says of itself. Fields that others may read and we do not need stay in `about` as they came. */
export interface Registration {
  readonly app: string
  readonly instanceId: string
  readonly hostName: string
  readonly ipAddr: string | undefined
  readonly port: Port
  readonly securePort: Port
  readonly vipAddress: string | undefined
  readonly secureVipAddress: string | undefined
  readonly dataCenter: { readonly class: string; readonly name: string }
  readonly countryId: number
  readonly renewalSeconds: number
  readonly leaseSeconds: number
  readonly metadata: Readonly<Record<string, string>>
  readonly coordinating: boolean
  readonly about: Readonly<Partial<Record<About, string>>>
}

const ABOUT = [
  'appGroupName',
  'sid',
  'homePageUrl',
  'statusPageUrl',
  'healthCheckUrl',
  'secureHealthCheckUrl',
  'asgName',
] as const
type About = (typeof ABOUT)[number]

const APP = /^[A-Za-z0-9._-]{1,100}$/
/** Whatever can stand in a path and a table cell. */
const ID = /^[^\s/<>"\\\p{C}]{1,200}$/u

type Plain = Record<string, unknown>

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Application names are upper case, whatever the path says. */
export function appName(text: string): string {
  if (!APP.test(text)) throw errors.notFound()
  return text.toUpperCase()
}

/** The same of somebody who registers: a name that cannot be one is a mistake of theirs, not a missing application. */
export function newAppName(text: string): string {
  if (!APP.test(text))
    throw errors.invalidInstance({}, { fields: [{ pointer: '{app}', message: 'is no name of an application' }] })
  return text.toUpperCase()
}

/** A status as a client writes it; throws `registry/invalid-status`. */
export function statusOf(text: unknown): Status {
  const status = STATUSES.find((one) => one === String(text).toUpperCase())
  if (!status) throw errors.invalidStatus()
  return status
}

/**
 * Reads the `instance` of a registration for `app`, JSON or XML: numbers and truths may be texts. Throws with the field that is wrong; fields
 * nobody knows are left out, as the real server does.
 */
export function readRegistration(app: string, document: unknown): { registration: Registration; status: Status; dirty: number } {
  const given = isPlain(document) ? document : {}
  const text = (name: string, most = 2_000): string | undefined => {
    const value = given[name]
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value !== 'string' || value.length > most) throw wrong(name, `must be a text of at most ${most} characters`)
    return value
  }
  const hostName = text('hostName', 255)
  if (hostName === undefined) throw wrong('hostName', 'is missing')
  const named = text('app', 100)
  if (named === undefined) throw wrong('app', 'is missing')
  if (named.toUpperCase() !== app) throw errors.otherApplication({ app: named, path: app })
  const { dataCenterInfo } = given
  if (!isPlain(dataCenterInfo) || typeof dataCenterInfo['name'] !== 'string') throw wrong('dataCenterInfo', 'is missing')
  const instanceId = text('instanceId', 200) ?? hostName
  if (!ID.test(instanceId)) throw wrong('instanceId', 'must not have spaces, slashes, quotes or angle brackets')
  const lease = isPlain(given['leaseInfo']) ? given['leaseInfo'] : {}
  const about = Object.fromEntries(ABOUT.map((name) => [name, text(name)]).filter(([, value]) => value !== undefined))
  return {
    registration: {
      app,
      instanceId,
      hostName,
      ipAddr: text('ipAddr', 64),
      port: readPort('port', given['port'], 7001, true),
      securePort: readPort('securePort', given['securePort'], 7002, false),
      vipAddress: text('vipAddress'),
      secureVipAddress: text('secureVipAddress'),
      dataCenter: { class: String(dataCenterInfo['@class'] ?? DEFAULT_DATA_CENTER), name: dataCenterInfo['name'] },
      countryId: whole('countryId', given['countryId'], 1, 0, 1_000),
      renewalSeconds: whole('leaseInfo/renewalIntervalInSecs', lease['renewalIntervalInSecs'], RENEWAL_SECONDS, 1, 3_600),
      leaseSeconds: whole('leaseInfo/durationInSecs', lease['durationInSecs'], LEASE_SECONDS, 1, 86_400),
      metadata: readMetadata(given['metadata']),
      coordinating: given['isCoordinatingDiscoveryServer'] === true || given['isCoordinatingDiscoveryServer'] === 'true',
      about,
    },
    status: given['status'] === undefined || given['status'] === null ? 'UP' : statusOf(given['status']),
    dirty: whole('lastDirtyTimestamp', given['lastDirtyTimestamp'], Date.now(), 0, Number.MAX_SAFE_INTEGER),
  }
}

export const DEFAULT_DATA_CENTER = 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo'

function readPort(name: string, value: unknown, otherwise: number, enabled: boolean): Port {
  if (!isPlain(value)) return { port: otherwise, enabled }
  const said = value['@enabled']
  return {
    port: whole(name, value['$'], otherwise, 0, 65_535),
    enabled: said === undefined ? enabled : said === true || said === 'true',
  }
}

/** At most a hundred short texts: everybody downloads them again and again. */
export function readMetadata(value: unknown): Record<string, string> {
  if (!isPlain(value)) return {}
  const entries = Object.entries(value).filter(([key, one]) => !key.startsWith('@') && one !== null && one !== undefined)
  if (entries.length > 100) throw wrong('metadata', 'must not have more than 100 entries')
  return Object.fromEntries(
    entries.map(([key, one]) => {
      if (typeof one === 'object') throw wrong(`metadata/${key}`, 'must be a text')
      const text = String(one)
      if (key.length > 200 || text.length > 1_000) throw wrong(`metadata/${key.slice(0, 50)}`, 'is too long')
      return [key, text]
    }),
  )
}

function whole(name: string, value: unknown, otherwise: number, least: number, most: number): number {
  if (value === undefined || value === null || value === '') return otherwise
  const number = Number(value)
  if (typeof value === 'boolean' || !Number.isInteger(number) || number < least || number > most)
    throw wrong(name, `must be a whole number, ${least}–${most}`)
  return number
}

const wrong = (name: string, message: string) =>
  errors.invalidInstance({}, { fields: [{ pointer: `/instance/${name}`, message }] })
