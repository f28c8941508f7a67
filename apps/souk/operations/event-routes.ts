import Type, { type Static } from 'typebox'
import { Timestamp } from '#contracts/values.ts'
import { can, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { seek } from '#kit/messaging/log-admin.ts'
import { across, toAll, toOne, type Unanswered } from './across-processes.ts'
import { errors } from './errors.ts'
import type { EventFlow } from './event-flow.ts'
import { flowFor, type OperationsDeps, serviceHere } from './here.ts'
import { Name, TopicFlow } from './shapes.ts'

type Topics = { items: Static<typeof TopicFlow>[] }

/** Topics and replay, over all services. */
export function eventRoutes(deps: OperationsDeps): Route[] {
  return [
    toAll<Topics & Unanswered>(
      deps.others,
      { merge: withAllGroups },
      get(
        '/api/events/topics',
        {
          access: can('events:operate'),
          summary: 'Topics of the log, and how far each group is behind',
          response: across(closed({ items: Type.Array(TopicFlow) })),
        },
        async (request) => ({ items: await topics(deps.platform.bus, flowFor(deps, request)) }),
      ),
    ),
    toOne(
      deps.others,
      ({ body }) => (body as { group: string }).group,
      post(
        '/api/events/replay',
        {
          access: can('events:operate'),
          idempotency: 'none',
          summary: 'Lets a group read a topic again from an earlier place',
          description:
            'Events handled before are recognised and take no second effect: a replay fills gaps. `again` lets them take effect again, to rebuild a read model; other services refuse it.',
          body: closed({
            group: Name,
            topic: Name,
            from: Type.Optional(
              Type.Integer({ minimum: 0, description: 'offset to begin at, in every partition; default the oldest kept' }),
            ),
            since: Type.Optional({ ...Timestamp, description: 'begin with the first event after this time instead' }),
            partition: Type.Optional(Type.Integer({ minimum: 0 })),
            again: Type.Optional(Type.Boolean()),
          }),
          response: closed({ group: Type.String(), topic: Type.String(), partitions: Type.Integer(), forgotten: Type.Integer() }),
          errors: [errors.noSuchGroup, errors.noSuchTopic, errors.wouldActAgain],
        },
        async ({ body: { group, topic, from = 0, since, partition, again = false }, principal }) => {
          const { service, db } = serviceHere(deps, group)
          if (again && service.kind !== 'projection') throw errors.wouldActAgain({ group })
          const { bus } = deps.platform
          const heads = await bus.heads([topic])
          if (heads.length === 0) throw errors.noSuchTopic({ topic })
          const places = since
            ? await bus.offsetsAt(topic, new Date(since))
            : heads.map(({ partition, first, next }) => ({ partition, next: clamp(BigInt(from), first, next) }))
          const to = places.filter((place) => partition === undefined || place.partition === partition)
          const forgotten = await seek({ bus, db, group, topic, to, again })
          deps.log.info({ by: principal.id, group, topic, partitions: to.length, forgotten }, 'a group reads a topic again')
          return { group, topic, partitions: to.length, forgotten }
        },
      ),
    ),
  ]
}

const clamp = (wanted: bigint, first: bigint, next: bigint): bigint => (wanted < first ? first : wanted > next ? next : wanted)

async function topics(bus: OperationsDeps['platform']['bus'], flow: Promise<EventFlow>): Promise<Topics['items']> {
  const [names, { services }] = await Promise.all([bus.topicNames(), flow])
  const heads = await bus.heads(names)
  return names.map((topic) => {
    const own = heads.filter((head) => head.topic === topic).sort((a, b) => a.partition - b.partition)
    return {
      topic,
      partitions: own.map(({ partition, first, next }) => ({ partition, first: Number(first), next: Number(next) })),
      records: own.reduce((total, { first, next }) => total + Number(next - first), 0),
      groups: services.flatMap(({ service, lag, parked }) => {
        const place = lag.find((entry) => entry.topic === topic)
        const { dead = 0, retrying = 0, waiting = 0 } = parked.find((entry) => entry.topic === topic) ?? {}
        return place ? [{ group: service, lag: place.records, lost: place.lost, dead, retrying, waiting }] : []
      }),
    }
  })
}

/** All processes see one log; each knows the groups it runs. */
function withAllGroups(all: readonly Topics[]): Topics {
  const byTopic = Map.groupBy(
    all.flatMap(({ items }) => items),
    ({ topic }) => topic,
  )
  return { items: [...byTopic.values()].map((same) => ({ ...same[0]!, groups: same.flatMap(({ groups }) => groups) })) }
}
