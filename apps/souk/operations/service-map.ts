import Type, { type Static } from 'typebox'
import { can, get, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { Host } from '#kit/service/host.ts'

export const MapNode = closed({
  name: Type.String(),
  summary: Type.String(),
  kind: Type.String(),
  here: Type.Boolean({ description: 'it runs in the process that was asked, or in one beside it' }),
  publishes: Type.Array(Type.String(), { description: 'topics' }),
  reads: Type.Array(Type.String(), { description: 'topics' }),
})
export type MapNode = Static<typeof MapNode>

/** Which topics each service writes and which it reads, as their manifests say. */
export function nodesOf({ services }: Pick<Host, 'services'>, here: boolean): MapNode[] {
  return services.map(({ name, service, reactions }) => ({
    name,
    summary: service.summary,
    kind: service.kind,
    here,
    publishes: [...new Set((service.publishes ?? []).map(({ topic }) => topic))].sort(),
    reads: [...new Set(reactions.map(({ event }) => event.topic))].sort(),
  }))
}

/** Services and what goes between them. How much of it: `/api/events/topics`. */
export function mapRoutes({ map }: { readonly map: readonly MapNode[] }): Route[] {
  return [
    get(
      '/api/admin/map',
      {
        access: can('events:operate'),
        summary: 'Services, and the topics that each writes and reads',
        response: closed({ services: Type.Array(MapNode) }),
      },
      async () => ({ services: [...map] }),
    ),
  ]
}
