import { circuitsOf } from '#kit/balance/circuits.ts'
import type { Peers } from '#kit/balance/instance.ts'
import type { Balance } from '#kit/balance/metrics.ts'
import type { HealthProvider } from '#kit/http/health.ts'
import type { DatabaseUrls } from '../platform/database-plan.ts'
import type { Settings } from '../settings.ts'

/** What a process is connected to, without passwords. */
export interface Connections {
  /** service of this process → its database */
  readonly databases: Readonly<Record<string, string>>
  /** schema → the pooler before its database */
  readonly poolers: Readonly<Record<string, string>>
  /** service → copies of its database, for reads that decide nothing */
  readonly replicas: Readonly<Record<string, readonly string[]>>
  readonly bus: string
  readonly cache: string
  readonly objects: string
  readonly mail: string
  /** service elsewhere → where its instances are */
  readonly peers: Readonly<Record<string, readonly string[]>>
}

/** Without user, password and options. */
export function withoutSecrets(url: string): string {
  const [address = ''] = url.split('?')
  return address.replaceAll(/\/\/[^@/,]*@/g, '//')
}

/** Part of the health: which engines and which other processes this one works with. Says where, not whether: the other parts know that. */
export function connectionsHealth(
  settings: Pick<Settings, 'busUrl' | 'cacheUrl' | 'objectsUrl' | 'mailUrl'>,
  urls: Pick<DatabaseUrls, 'services' | 'bus' | 'poolers' | 'replicas'>,
  peers: Peers | undefined,
): HealthProvider {
  const fixed = {
    databases: mapped(urls.services, withoutSecrets),
    poolers: mapped(urls.poolers, ({ url }) => withoutSecrets(url)),
    replicas: mapped(urls.replicas, (copies) => copies.map(withoutSecrets)),
    bus: withoutSecrets(urls.bus),
    cache: withoutSecrets(settings.cacheUrl),
    objects: withoutSecrets(settings.objectsUrl),
    mail: settings.mailUrl.split(',').map(withoutSecrets).join(','),
  } satisfies Omit<Connections, 'peers'>
  // a registry may know others now than when the process began
  const known = (): Connections['peers'] =>
    Object.fromEntries([...(peers ?? [])].map(([service, instances]) => [service, instances.map(({ url }) => url)]))
  return { name: 'connections', check: async () => ({ ...fixed, peers: known() }) }
}

/** Part of the health: how the services elsewhere answer this process, as far as it has called any. */
export const callsHealth = (calls: Pick<Balance, 'states'>): HealthProvider => ({
  name: 'calls',
  check: async () => ({ circuits: circuitsOf(calls.states()) }),
})

/** In one line. A process of an earlier release says nothing of poolers and copies. */
export function described({ databases, poolers = {}, replicas = {}, bus, cache, objects, mail, peers }: Connections): string {
  const each = (addresses: readonly string[]) => [...new Set(addresses)].join(' ')
  const [through, copies] = [each(Object.values(poolers)), each(Object.values(replicas).flat())]
  const calls = new Set(Object.values(peers).flat()).size
  return [
    `database ${each(Object.values(databases))}${through && ` through pooler ${through}`}${copies && `, reads also ${copies}`}`,
    `bus ${bus}`,
    `cache ${cache}`,
    `files ${objects}`,
    `mail ${mail}`,
    ...(calls === 0 ? [] : [`calls ${calls} processes`]),
  ].join(', ')
}

const mapped = <A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
