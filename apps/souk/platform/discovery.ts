import { networkInterfaces } from 'node:os'
import { createEurekaClient, type EurekaClient, type OwnInstance } from '#kit/discovery/eureka-client.ts'
import { followRegistry, type LivePeers } from '#kit/discovery/live-peers.ts'
import { joinRegistry, type Membership } from '#kit/discovery/membership.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Service } from '#kit/service/service.ts'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import { grpcPort, type Known, namedPeers, usualPeers } from './peers.ts'
import { SERVICE_KEY } from './service-key.ts'

type Parts = {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly services: readonly Service[]
  readonly log: Logger
}

/** A start waits this long for the registry's first word; after that it goes on with what it knows. */
const FIRST_WORD_MS = 1_500
/** Leases that a process may miss to renew before it counts as gone. */
const MISSES = 3

/** Where the services are that run elsewhere: SOUK_PEERS and the registry. Undefined where everything runs here. */
export async function openPeers({
  others = [],
  ...parts
}: Parts & { readonly others?: readonly Known[] | undefined }): Promise<LivePeers | undefined> {
  const { settings, services, log } = parts
  if (others.length === 0) return undefined
  const live = followRegistry({
    usual: usualPeers(others),
    named: namedPeers([...services, ...others], settings),
    client: settings.registryUrls.length > 0 ? clientOf(parts) : undefined,
    everyMs: settings.registryFetchSeconds * 1000,
    log,
  })
  await live.open(FIRST_WORD_MS)
  return live
}

/** Registers the services of this process, each under its own name. */
export function joinAs(parts: Parts & { readonly port: number; readonly ready: () => boolean }): Membership {
  const { settings, services, log, port, ready } = parts
  const host = settings.advertisedHost ?? reachableHost(settings.host)
  const instances = services.map(
    ({ name }): OwnInstance => ({
      app: name,
      instanceId: `${host}:${name}:${port}`,
      host,
      port,
      metadata: { version: settings.release, 'grpc.port': String(grpcPort(port)), 'management.port': String(port) },
    }),
  )
  return joinRegistry({ client: clientOf(parts), instances, renewMs: settings.registryRenewSeconds * 1000, ready, log })
}

/** Shows who we are by the names in the URL, or by the tokens with which our services know each other. */
function clientOf({ settings, secrets, services }: Parts): EurekaClient {
  const caller = services[0]?.name ?? 'souk'
  let tokens:
    | Promise<{ token(caller: string, audience: string, principal: { kind: 'service'; id: string }): Promise<string> }>
    | undefined
  const open = () =>
    (tokens ??= import('#kit/rpc/service-tokens.ts').then(({ createServiceTokens }) =>
      createServiceTokens(secrets.secret(SERVICE_KEY)),
    ))
  return createEurekaClient({
    urls: settings.registryUrls,
    authorization: async () => `Bearer ${await (await open()).token(caller, 'registry', { kind: 'service', id: caller })}`,
    renewSeconds: settings.registryRenewSeconds,
    leaseSeconds: settings.registryRenewSeconds * MISSES,
  })
}

/** An address under which others reach what listens on `host`. */
function reachableHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host
  const outward = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')
  return outward?.address ?? '127.0.0.1'
}
