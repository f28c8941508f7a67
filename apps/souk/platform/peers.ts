import type { Service } from '#kit/service/service.ts'
import { CommandError } from '../command.ts'
import type { Environment, Settings } from '../settings.ts'

/** Base URLs of the services that do not run in this process. */
export type Peers = ReadonlyMap<string, string>

/** SOUK_PEERS where it names them, else this machine and the service's own port. */
export function peersOf(all: readonly Service[], here: readonly Service[], { peers }: Pick<Settings, 'peers'>): Peers {
  const named = new Map(peers.map((peer) => peer.split(/=(.*)/s, 2) as [string, string]))
  const unknown = [...named.keys()].filter((name) => !all.some((service) => service.name === name))
  if (unknown.length > 0)
    throw new CommandError(`SOUK_PEERS names ${unknown.join(', ')}, which is no service.`, {
      mend: `There are: ${all.map(({ name }) => name).join(', ')}.`,
    })
  const elsewhere = all.filter((service) => !here.includes(service))
  return new Map(elsewhere.map(({ name, port }) => [name, named.get(name) ?? `http://127.0.0.1:${port}`]))
}

/**
 * PORT of a process with some of the services says where it listens, not where shoppers reach the shop: all processes must agree on
 * PUBLIC_URL, the issuer of tokens, whatever their ports are.
 */
export function withoutPort(environment: Environment): Environment {
  return { ...environment, PORT: undefined }
}
