import type { Manifest } from './manifests.ts'

export const topologies = ['apart', 'mixed'] as const
export type Topology = (typeof topologies)[number]

/** One process of a stack. */
export interface StackProcess {
  /** of the service or the group; a second instance has `-2` */
  readonly name: string
  readonly services: readonly string[]
  /** 1 for the first instance */
  readonly instance: number
  readonly port: number
  /** others need it: started and stopped in this order */
  readonly order: number
  /** settings by which the others find it */
  readonly tells: Readonly<Record<string, string>>
  /** services of it that tell something: those who start later wait until these are well */
  readonly needed: readonly string[]
  /** requests from outside come in here */
  readonly door: boolean
}

/** Distance between the ports of two instances of a service; gRPC takes the ports 2000 above. */
const INSTANCE_PORTS = 1000
const LAST = Number.MAX_SAFE_INTEGER

/**
 * Which services share a process: none (`apart`), or those of a group (`mixed`); the one that stands before the others is always alone.
 * Ports are those of the manifests, moved by `shift`.
 */
export function processesOf(
  manifests: readonly Manifest[],
  topology: Topology,
  { instances = 1, shift = 0 }: { instances?: number; shift?: number } = {},
): StackProcess[] {
  const groupOf = (manifest: Manifest) =>
    topology === 'apart' || manifest.door ? manifest.name : (manifest.group ?? 'back-office')
  const groups = [...Map.groupBy(manifests, groupOf)].map(([name, members]) => ({
    name,
    services: members.map((member) => member.name),
    port: Math.min(...members.map(({ port }) => port)),
    door: members.some(({ door }) => door),
    needed: members.filter(({ tells }) => Object.keys(tells).length > 0).map(({ name: member }) => member),
    tells: Object.assign({}, ...members.map(({ tells }) => tells)) as Record<string, string>,
    order: Math.min(...members.map(orderOf)),
  }))
  return Array.from({ length: instances }, (_, index) =>
    groups.map((group) => ({
      ...group,
      name: index === 0 ? group.name : `${group.name}-${index + 1}`,
      instance: index + 1,
      port: group.port + shift + index * INSTANCE_PORTS,
    })),
  )
    .flat()
    .sort((a, b) => a.order - b.order || a.port - b.port)
}

/** The door opens once what all need is there, and before the services: they come in behind it. */
const orderOf = ({ order, door }: Manifest): number => order ?? (door ? LAST - 1 : LAST)

/** Processes that may start together, in the order of starting. */
export function wavesOf(processes: readonly StackProcess[]): StackProcess[][] {
  return [...Map.groupBy(processes, ({ order }) => order)].sort(([a], [b]) => a - b).map(([, wave]) => wave)
}

/** What goes down together: first the doors, so that nobody comes in any more and what is inside finishes; last what all need. */
export function stopWavesOf(processes: readonly StackProcess[]): StackProcess[][] {
  const doors = processes.filter(({ door }) => door)
  const behind = wavesOf(processes.filter(({ door }) => !door)).reverse()
  return [doors, ...behind].filter((wave) => wave.length > 0)
}

/** How they find each other and what all of them use: what the services among them tell, and without a registry the list of all. */
export function meetingSettings(processes: readonly StackProcess[], host: string): Record<string, string> {
  const told = new Map<string, string[]>()
  for (const { port, tells } of processes) {
    for (const [setting, text] of Object.entries(tells))
      told.set(setting, [...(told.get(setting) ?? []), text.replace('{url}', `http://${host}:${port}`)])
  }
  const settings = Object.fromEntries([...told].map(([setting, texts]) => [setting, texts.join(',')]))
  return told.has('REGISTRY_URL') ? settings : { ...settings, SOUK_PEERS: peersOf(processes, host) }
}

const peersOf = (processes: readonly StackProcess[], host: string) =>
  processes.flatMap(({ services, port }) => services.map((service) => `${service}=http://${host}:${port}`)).join(',')
