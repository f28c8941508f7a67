import type { Peers } from '#kit/balance/instance.ts'
import type { Service } from '#kit/service/service.ts'
import { CommandError } from '../command.ts'
import { loadServices, serviceNames } from '../load.ts'
import { type Environment, readSettings, type Settings } from '../settings.ts'
import { type Known, namesAll, peersOf, withoutPort } from './peers.ts'

export interface LoadedPart {
  /** those that run here */
  readonly services: readonly Service[]
  /** those that run elsewhere, where somebody here has to know them */
  readonly elsewhere: readonly Service[]
  /** names of all that run elsewhere */
  readonly others: readonly Known[]
  readonly settings: Settings
  readonly peers: Peers
}

export interface LoadPartOptions {
  readonly environment: Environment
  readonly root: URL
  /** names of the services to run; undefined: all */
  readonly only: readonly string[] | undefined
}

/**
 * The services of a process, its settings, and where the others are. Of services that run elsewhere the code is read only where it is needed: by
 * the one that stands before them, or to learn their ports where neither SOUK_PEERS nor a registry says where they are. Without it a process takes a third less memory and starts sooner.
 */
export async function loadPart({ environment, root, only }: LoadPartOptions): Promise<LoadedPart> {
  const early = readSettings(only ? withoutPort(environment) : environment, { root })
  return (only && (await loadAlone(only, environment, root, early))) ?? (await loadAll(only, environment, root, early))
}

async function loadAlone(
  only: readonly string[],
  environment: Environment,
  root: URL,
  early: Settings,
): Promise<LoadedPart | undefined> {
  const names = await serviceNames(root)
  const others = names.filter((name) => !only.includes(name)).map((name) => ({ name, port: 0 }))
  const isKnown = early.registryUrls.length > 0 || namesAll(others, early)
  if (early.extensions.length > 0 || !only.every((name) => names.includes(name)) || !isKnown) return undefined
  const services = (await loadServices({ root, only })).map(({ service }) => service)
  if (services.some(({ door }) => door)) return undefined
  const settings = readSettings(withoutPort(environment), { root, services })
  return { services, elsewhere: [], others, settings, peers: peersOf([...services, ...others], services, settings) }
}

async function loadAll(
  only: readonly string[] | undefined,
  environment: Environment,
  root: URL,
  early: Settings,
): Promise<LoadedPart> {
  const all = (await loadServices({ root, extensions: early.extensions })).map(({ service }) => service)
  const names = all.map(({ name }) => name)
  const unknown = only?.filter((name) => !names.includes(name)) ?? []
  if (unknown.length > 0)
    throw new CommandError(`There is no service ${unknown.join(', ')}.`, { mend: `There are: ${names.join(', ')}.` })
  const services = all.filter(({ name }) => only?.includes(name) ?? true)
  const settings = readSettings(only ? withoutPort(environment) : environment, { root, services })
  const elsewhere = all.filter((service) => !services.includes(service))
  return { services, elsewhere, others: elsewhere, settings, peers: peersOf(all, services, settings) }
}
