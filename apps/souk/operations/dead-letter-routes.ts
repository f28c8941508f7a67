import Type, { type Static } from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { decodeCursor, type Page, PageQuery, page } from '#kit/http/paging.ts'
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
import type { RunningService } from '#kit/service/host.ts'
import { across, toAll, toOne, type Unanswered } from './across-processes.ts'
import { errors } from './errors.ts'
import { type OperationsDeps, serviceHere, servicesFor } from './here.ts'
import { joined } from './joined.ts'
import { DeadLetterLine, DeadLetterWhole, filters, Name, Pattern } from './shapes.ts'

/** A change that is safe to repeat as it is: each one is a single conditional statement. */
const operate = { access: can('events:operate'), idempotency: 'none' } as const
const look = { access: can('events:operate') } as const
const one = closed({ group: Name, eventId: Uuid })

type Line = Static<typeof DeadLetterLine>
type Filters = DeadLetterFilter & { limit: number; cursor?: string | undefined }
type Patterns = { items: Static<typeof Pattern>[] }
type Redriven = { redriven: number }

const groupOf = (asked: unknown): string | undefined => (asked as { group?: string }).group

/** Events that could not be handled, over all services. */
export function deadLetterRoutes(deps: OperationsDeps): Route[] {
  const { others } = deps
  const toItsGroup = (route: Route): Route => toOne(others, ({ params }) => groupOf(params), route)
  const groupsFor = (request: Parameters<typeof servicesFor>[1], group: string | undefined) =>
    group === undefined ? servicesFor(deps, request) : [serviceHere(deps, group)]
  return [
    toAll<Page<Line> & Unanswered>(
      others,
      { serviceOf: ({ query }) => groupOf(query), merge: (pages, { query }) => pageOf(pages, query as Filters) },
      get(
        '/api/events/dlq',
        {
          ...look,
          summary: 'Events that could not be handled, oldest first',
          query: closed({ ...PageQuery, ...filters }),
          response: across(page(DeadLetterLine)),
          errors: [errors.noSuchGroup],
        },
        async (request) => await deadLetters(groupsFor(request, request.query.group), request.query),
      ),
    ),
    toAll<Patterns & Unanswered>(
      others,
      { serviceOf: ({ query }) => groupOf(query), merge: (all) => mostFirst(all.flatMap(({ items }) => items)) },
      get(
        '/api/events/dlq/patterns',
        {
          ...look,
          summary: 'Dead letters with equal errors counted together',
          query: closed(filters),
          response: across(closed({ items: Type.Array(Pattern) })),
          errors: [errors.noSuchGroup],
        },
        async (request) => {
          const groups = groupsFor(request, request.query.group)
          const found = await Promise.all(groups.map(({ db }) => deadLetterPatterns(db.sql, filterOf(request.query))))
          return mostFirst(
            found.flat().map((pattern) => ({
              ...pattern,
              firstAt: pattern.firstAt.toISOString(),
              lastAt: pattern.lastAt.toISOString(),
            })),
          )
        },
      ),
    ),
    toAll<Redriven & Unanswered>(
      others,
      {
        serviceOf: ({ body }) => groupOf(body),
        merge: (all) => ({ redriven: all.reduce((sum, { redriven }) => sum + redriven, 0) }),
      },
      post(
        '/api/events/dlq/redrive',
        {
          ...operate,
          summary: 'Has dead letters handled again; events behind them follow in order',
          body: closed({ ...filters, eventId: Type.Optional(Uuid), all: Type.Optional(Type.Boolean()) }),
          response: across(closed({ redriven: Type.Integer() })),
          errors: [errors.filterNeeded, errors.noSuchGroup],
        },
        async (request) => {
          const { all, ...filter } = request.body
          if (!all && Object.values(filter).every((value) => value === undefined)) throw errors.filterNeeded()
          let redriven = 0
          for (const { db } of groupsFor(request, filter.group)) redriven += await redriveDeadLetters(db.sql, filter)
          deps.log.info({ by: request.principal.id, ...filter, redriven }, 'dead letters are handled again')
          return { redriven }
        },
      ),
    ),
    toItsGroup(
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
          const letter = await inspectDeadLetter(serviceHere(deps, group).db.sql, group, eventId)
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
    ),
    toItsGroup(
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
          const redriven = await redriveDeadLetters(serviceHere(deps, params.group).db.sql, params)
          if (redriven === 0) throw errors.noSuchDeadLetter(params)
          deps.log.info({ by: principal.id, ...params }, 'a dead letter is handled again')
          return { redriven }
        },
      ),
    ),
    toItsGroup(
      post(
        '/api/events/dlq/:group/:eventId/discard',
        {
          ...operate,
          summary: 'Gives one dead letter up for good; those behind it go on',
          params: one,
          errors: [errors.noSuchDeadLetter, errors.noSuchGroup],
        },
        async ({ params, principal }) => {
          const gone = await discardDeadLetter(serviceHere(deps, params.group).db.sql, params.group, params.eventId)
          if (!gone) throw errors.noSuchDeadLetter(params)
          const { value: _value, ...what } = gone
          deps.log.warn({ by: principal.id, ...params, ...what }, 'a dead letter was discarded')
        },
      ),
    ),
  ]
}

const filterOf = ({ group, topic, type, key, code }: DeadLetterFilter): DeadLetterFilter => ({ group, topic, type, key, code })

const mostFirst = (items: Patterns['items']): Patterns => ({ items: items.toSorted((a, b) => b.count - a.count) })

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

const listOf = (filters: Filters): string => JSON.stringify(['dead letters', filterOf(filters)])

/** A page over the services' own tables: each gives its first ones after the cursor, the oldest of all are the page. */
async function deadLetters(groups: readonly RunningService[], filters: Filters): Promise<Page<Line>> {
  const { limit, cursor } = filters
  const [diedAt, eventId, group] = cursor === undefined ? [] : decodeCursor(cursor, listOf(filters), 3)
  const after = diedAt && eventId && group ? { diedAt: new Date(diedAt), eventId, group } : undefined
  const found = await Promise.all(
    groups.map(async ({ db }) => {
      const letters = await listDeadLetters(db.sql, filterOf(filters), { limit: limit + 1, after })
      return { items: letters.map(lineOf) }
    }),
  )
  return pageOf(found, filters)
}

function pageOf(parts: readonly Page<Line>[], filters: Filters): Page<Line> {
  return joined(parts, {
    limit: filters.limit,
    keyOf: ({ diedAt, eventId, group }) => [diedAt, eventId, group],
    list: listOf(filters),
  })
}
