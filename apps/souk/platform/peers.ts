import type { Peer, Peers } from '#kit/balance/instance.ts'
import type { Service } from '#kit/service/service.ts'
import { CommandError } from '../command.ts'
import type { Environment, Settings } from '../settings.ts'

/** A service of which no more is known than its name, and its own port (0: not even that). */
export type Known = Pick<Service, 'name' | 'port'>

/** Version label of an instance that SOUK_PEERS gives none. */
const MAIN = 'main'

/**
 * Where the services answer that do not run in this process: SOUK_PEERS where it names them, once for each instance, else this machine and the
 * service's own port.
 */
export function peersOf(all: readonly Known[], here: readonly Known[], settings: Pick<Settings, 'peers'>): Peers {
  const named = namedPeers(all, settings)
  const elsewhere = all.filter(({ name }) => !here.some((service) => service.name === name))
  return new Map([...usualPeers(elsewhere)].map(([name, usual]) => [name, named.get(name) ?? usual]))
}

/** This machine and each service's own port; nowhere where that is not known (0). */
export function usualPeers(elsewhere: readonly Known[]): Peers {
  return new Map(
    elsewhere.map(({ name, port }) => [name, port === 0 ? [] : [{ url: `http://127.0.0.1:${port}`, version: MAIN }]]),
  )
}

/** Instances by service, as SOUK_PEERS names them. */
export function namedPeers(all: readonly Known[], { peers }: Pick<Settings, 'peers'>): Peers {
  const named = Map.groupBy(peers.map(readPeer), ({ service }) => service)
  const unknown = [...named.keys()].filter((name) => !all.some((service) => service.name === name))
  if (unknown.length > 0)
    throw new CommandError(`SOUK_PEERS names ${unknown.join(', ')}, which is no service.`, {
      mend: `There are: ${all.map(({ name }) => name).join(', ')}.`,
    })
  return named
}

/** Whether SOUK_PEERS says of every one of these where it is. */
export function namesAll(others: readonly Known[], { peers }: Pick<Settings, 'peers'>): boolean {
  const named = new Set(peers.map((peer) => readPeer(peer).service))
  return others.every(({ name }) => named.has(name))
}

/** `orders@v2=http://10.0.0.7:8086` */
function readPeer(text: string): Peer & { service: string } {
  const [name = '', url = ''] = text.split(/=(.*)/s, 2)
  const [service = '', version = MAIN] = name.split('@', 2)
  return { service, version, url }
}

/** A process answers calls of other processes this far above the port of its HTTP. */
const GRPC_OFFSET = 2000

export const grpcPort = (port: number): number => port + GRPC_OFFSET

/** Where an instance answers gRPC, from the address of its HTTP. */
export function grpcAddress(url: string): string {
  const { protocol, hostname, port } = new URL(url)
  const own = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
  return `${protocol}//${hostname}:${grpcPort(own)}`
}

/**
 * PORT of a process with some of the services says where it listens, not where shoppers reach the shop: all processes must agree on
 * PUBLIC_URL, the issuer of tokens, whatever their ports are.
 */
export function withoutPort(environment: Environment): Environment {
  return { ...environment, PORT: undefined }
}
