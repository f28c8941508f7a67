import type { HealthProvider } from '#kit/http/health.ts'
import type { Peers } from '#kit/http/forward/upstream.ts'
import type { DatabaseUrls } from '../platform/database-plan.ts'
import type { Settings } from '../settings.ts'

/** What a process is connected to, without passwords. */
export interface Connections {
  /** service of this process → its database */
  readonly databases: Readonly<Record<string, string>>
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
  urls: Pick<DatabaseUrls, 'services' | 'bus'>,
  peers: Peers | undefined,
): HealthProvider {
  const fixed = {
    databases: Object.fromEntries(Object.entries(urls.services).map(([service, url]) => [service, withoutSecrets(url)])),
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
