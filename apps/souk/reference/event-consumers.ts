import type { Assembly } from './assemble.ts'

/** Who acts on an event: services by a reaction of their own, flows by being begun or told. */
export interface EventConsumers {
  readonly services: readonly string[]
  readonly flows: readonly string[]
}

/** Consumers of each event type, from the assembled platform; types nobody reacts to are missing. */
export function eventConsumers({ host, processes }: Pick<Assembly, 'host' | 'processes'>): Map<string, EventConsumers> {
  const flowsOf = (type: string, home?: string) =>
    processes.flatMap(({ contract, listens, beginsOn = [] }) =>
      home !== undefined && contract.home !== home
        ? []
        : [...listens, ...beginsOn].filter(({ event }) => event.type === type).map(() => contract.name),
    )
  const types = new Set(host.services.flatMap(({ reactions }) => reactions.map(({ event }) => event.type)))
  return new Map(
    [...types].map((type) => {
      // what a home service hears for its flows stands among its reactions
      const services = host.services.filter(
        ({ name, reactions }) => reactions.filter(({ event }) => event.type === type).length > flowsOf(type, name).length,
      )
      return [type, { services: services.map(({ name }) => name).sort(), flows: [...new Set(flowsOf(type))].sort() }] as const
    }),
  )
}
