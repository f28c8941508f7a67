import Type from 'typebox'
import { Timestamp, Uuid } from '#contracts/values.ts'
import { decodeCursor, encodeCursor, PageQuery, page } from '#kit/http/paging.ts'
import { can, get, post, type Route } from '#kit/http/route.ts'
import {
  type DeadLetter,
  type DeadLetterFilter,
  deadLetterPatterns,
  discardDeadLetter,
  inspectDeadLetter,
  listDeadLetters,
  redriveDeadLetters,
} from '#kit/messaging/dlq.ts'
import { closed } from '#kit/messaging/event.ts'
import { seek } from '#kit/messaging/log-admin.ts'
import type { RunningService } from '#kit/service/host.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Platform } from '../platform/platform.ts'
import { errors } from './errors.ts'
import type { EventFlow } from './event-flow.ts'
import { DeadLetterLine, DeadLetterWhole, filters, Name, Pattern, TopicFlow } from './shapes.ts'

export interface OperationsDeps {
  readonly platform: Pick<Platform, 'host' | 'bus'>
  readonly flow: () => Promise<EventFlow>
  readonly log: Logger
}

/** A change that is safe to repeat as it is: each one is a single conditional statement. */
const operate = { access: can('events:operate'), idempotency: 'none' } as const
const look = { access: can('events:operate') } as const
const one = closed({ group: Name, eventId: Uuid })

/** Topics, dead letters and replay, over all services of this host. */
export function eventRoutes(deps: OperationsDeps): Route[] {
  return [
    get(
      '/api/events/topics',
      {
        ...look,
        summary: 'Topics of the log, and how far each group is behind',
        response: closed({ items: Type.Array(TopicFlow) }),
      },
      async () => ({ items: await topics(deps) }),
    ),
    get(
      '/api/events/dlq',
      {
        ...look,
        summary: 'Events that could not be handled, oldest first',
        query: closed({ ...PageQuery, ...filters }),
        response: page(DeadLetterLine),
        errors: [errors.noSuchGroup],
      },
      async ({ query }) => await deadLetters(deps, filterOf(query), query.limit, query.cursor),
    ),
    get(
      '/api/events/dlq/patterns',
      {
        ...look,
        summary: 'Dead letters with equal errors counted together',
        query: closed(filters),
        response: closed({ items: Type.Array(Pattern) }),
        errors: [errors.noSuchGroup],
      },
      async ({ query }) => {
        const found = await Promise.all(groupsOf(deps, query.group).map(({ db }) => deadLetterPatterns(db.sql, filterOf(query))))
        const items = found.flat().sort((a, b) => b.count - a.count)
        return {
          items: items.map((pattern) => ({
            ...pattern,
            firstAt: pattern.firstAt.toISOString(),
            lastAt: pattern.lastAt.toISOString(),
          })),
        }
      },
    ),
    post(
      '/api/events/dlq/redrive',
      {
        ...operate,
        summary: 'Has dead letters handled again; events behind them follow in order',
        body: closed({ ...filters, eventId: Type.Optional(Uuid), all: Type.Optional(Type.Boolean()) }),
        response: closed({ redriven: Type.Integer() }),
        errors: [errors.filterNeeded, errors.noSuchGroup],
      },
      async ({ body: { all, ...filter }, principal }) => {
        if (!all && Object.values(filter).every((value) => value === undefined)) throw errors.filterNeeded()
        let redriven = 0
        for (const { db } of groupsOf(deps, filter.group)) redriven += await redriveDeadLetters(db.sql, filter)
        deps.log.info({ by: principal.id, ...filter, redriven }, 'dead letters are handled again')
        return { redriven }
      },
    ),
    get(
      '/api/events/dlq/:group/:eventId',
      {
        ...look,
        summary: 'One dead letter with its event, its error and those that wait behind it',
        params: one,
        response: DeadLetterWhole,
        errors: [errors.noSuchDeadLetter, errors.noSuchGroup],
      },
      async ({ params: { group, eventId } }) => {
        const letter = await inspectDeadLetter(groupOf(deps, group).db.sql, group, eventId)
        if (!letter) throw errors.noSuchDeadLetter({ group, eventId })
        const { value, stack, waitingEvents } = letter
        return {
          ...lineOf(letter),
          stack,
          event: value,
          waitingEvents: waitingEvents.map(({ offset, parkedAt, ...rest }) => ({
            ...rest,
            offset: Number(offset),
            parkedAt: parkedAt.toISOString(),
          })),
        }
      },
    ),
    post(
      '/api/events/dlq/:group/:eventId/redrive',
      {
        ...operate,
        summary: 'Has one dead letter handled again',
        params: one,
        response: closed({ redriven: Type.Integer() }),
        errors: [errors.noSuchDeadLetter, errors.noSuchGroup],
      },
      async ({ params, principal }) => {
        const redriven = await redriveDeadLetters(groupOf(deps, params.group).db.sql, params)
        if (redriven === 0) throw errors.noSuchDeadLetter(params)
        deps.log.info({ by: principal.id, ...params }, 'a dead letter is handled again')
        return { redriven }
      },
    ),
    post(
      '/api/events/dlq/:group/:eventId/discard',
      {
        ...operate,
        summary: 'Gives one dead letter up for good; those behind it go on',
        params: one,
        errors: [errors.noSuchDeadLetter, errors.noSuchGroup],
      },
      async ({ params, principal }) => {
        const gone = await discardDeadLetter(groupOf(deps, params.group).db.sql, params.group, params.eventId)
        if (!gone) throw errors.noSuchDeadLetter(params)
        const { value: _value, ...what } = gone
        deps.log.warn({ by: principal.id, ...params, ...what }, 'a dead letter was discarded')
      },
    ),
    post(
      '/api/events/replay',
      {
        ...operate,
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
        const { service, db } = groupOf(deps, group)
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
  ]
}

const filterOf = ({ group, topic, type, key, code }: DeadLetterFilter): DeadLetterFilter => ({ group, topic, type, key, code })

const clamp = (wanted: bigint, first: bigint, next: bigint): bigint => (wanted < first ? first : wanted > next ? next : wanted)

function groupOf({ platform }: OperationsDeps, group: string): RunningService {
  const found = platform.host.services.find(({ name }) => name === group)
  if (!found) throw errors.noSuchGroup({ group })
  return found
}

function groupsOf(deps: OperationsDeps, group: string | undefined): readonly RunningService[] {
  return group === undefined ? deps.platform.host.services : [groupOf(deps, group)]
}

function lineOf({ group, topic, partition, offset, key, eventId, type, attempts, diedAt, code, message, waiting }: DeadLetter) {
  return {
    group,
    topic,
    partition,
    offset: Number(offset),
    key,
    eventId,
    type,
    attempts,
    diedAt: diedAt.toISOString(),
    code,
    message,
    waiting,
  }
}

/** A page over the services' own tables: each gives its first ones after the cursor, the oldest of all are the page. */
async function deadLetters(deps: OperationsDeps, filter: DeadLetterFilter, limit: number, cursor: string | undefined) {
  const list = JSON.stringify(['dead letters', filter])
  const [diedAt, eventId, group] = cursor === undefined ? [] : decodeCursor(cursor, list, 3)
  const after = diedAt && eventId && group ? { diedAt: new Date(diedAt), eventId, group } : undefined
  const found = await Promise.all(
    groupsOf(deps, filter.group).map(({ db }) => listDeadLetters(db.sql, filter, { limit: limit + 1, after })),
  )
  const rank = (letter: DeadLetter): string => `${letter.diedAt.toISOString()} ${letter.eventId} ${letter.group}`
  const letters = found.flat().sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
  const items = letters.slice(0, limit)
  const last = items.at(-1)
  const more = letters.length > limit && last !== undefined
  return {
    items: items.map(lineOf),
    ...(more ? { next: encodeCursor([last.diedAt.toISOString(), last.eventId, last.group], list) } : {}),
  }
}

async function topics({ platform: { bus }, flow }: OperationsDeps) {
  const [names, { services }] = await Promise.all([bus.topicNames(), flow()])
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
