import Type, { type Static } from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { decodeCursor, type Page, PageQuery, page } from '#kit/http/paging.ts'
import { can, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { type Flow, type FlowFilter, inspectFlow, listFlows, retryFlow } from '#kit/process/admin.ts'
import type { RunningService } from '#kit/service/host.ts'
import { across, toAll, toOne, type Unanswered } from './across-processes.ts'
import { errors } from './errors.ts'
import { totalsOf } from './event-flow.ts'
import { flowFor, type OperationsDeps, servicesFor } from './here.ts'
import { joined } from './joined.ts'
import { FlowLine, Name, Overview, UnfinishedStatus } from './shapes.ts'

const look = { access: can('events:operate') } as const
const one = closed({ name: Name, id: Uuid })

type Line = Static<typeof FlowLine>
type Filters = FlowFilter & { limit: number; cursor?: string | undefined }

/** Flows that cross services: where they stand, and another try for those that are stuck. */
export function flowRoutes(deps: OperationsDeps): Route[] {
  const { others, homes } = deps
  const homesHere = deps.platform.host.services.filter(keepsFlows)
  const homeOf = ({ params }: { readonly params: unknown }) => homes.get((params as Static<typeof one>).name)
  return [
    toAll<Static<typeof Overview> & Unanswered>(
      others,
      { merge: overall },
      get(
        '/api/admin',
        { ...look, summary: 'How events and flows stand, in one glance', response: across(Overview) },
        async (request) => {
          const flow = await flowFor(deps, request)
          const outboxes = flow.services.map(({ service, outbox }) => ({ service, ...outbox }))
          return { ...totalsOf(flow), outboxes, silent: [...flow.silent] }
        },
      ),
    ),
    toAll<Page<Line> & Unanswered>(
      others,
      {
        services: [...new Set(homes.values())],
        merge: (pages, { query }) => pageOf(pages, query as Filters),
      },
      get(
        '/api/processes',
        {
          ...look,
          summary: 'Flows that have not ended, oldest first',
          query: closed({ ...PageQuery, status: Type.Optional(UnfinishedStatus), name: Type.Optional(Name) }),
          response: across(page(FlowLine)),
        },
        async (request) => await unfinished(servicesFor(deps, request).filter(keepsFlows), request.query),
      ),
    ),
    toOne(
      others,
      homeOf,
      get(
        '/api/processes/:name/:id',
        {
          ...look,
          summary: 'One flow with its steps, ended or not',
          params: one,
          response: FlowLine,
          errors: [errors.noSuchFlow],
        },
        async ({ params: { name, id } }) => {
          for (const home of homesHere) {
            const flow = await inspectFlow(home.db.sql, name, id)
            if (flow) return lineOf(home.name, flow)
          }
          throw errors.noSuchFlow({ name, id })
        },
      ),
    ),
    toOne(
      others,
      homeOf,
      post(
        '/api/processes/:name/:id/retry',
        {
          access: can('events:operate'),
          idempotency: 'none',
          summary: 'Has the next step of a stuck or failing flow tried again now',
          params: one,
          status: 202,
          response: closed({ name: Type.String(), id: Uuid, status: Type.Literal('running') }),
          errors: [errors.noSuchFlow, errors.flowWaits, errors.flowEnded],
        },
        async ({ params: { name, id }, principal }) => {
          for (const home of homesHere) {
            const outcome = await retryFlow(home.db.sql, name, id)
            if (outcome === 'unknown') continue
            if (outcome === 'waiting') throw errors.flowWaits({ name, id })
            if (outcome === 'done') throw errors.flowEnded({ name, id })
            deps.log.info({ by: principal.id, process: name, id }, 'a flow is tried again')
            return { name, id, status: 'running' as const }
          }
          throw errors.noSuchFlow({ name, id })
        },
      ),
    ),
  ]
}

const keepsFlows = ({ processes }: RunningService): boolean => processes.definitions > 0

function lineOf(
  home: string,
  { name, id, status, state, pending, steps, attempts, lastError, startedAt, updatedAt, dueAt }: Flow,
): Line {
  const times = { startedAt: startedAt.toISOString(), updatedAt: updatedAt.toISOString(), dueAt: dueAt?.toISOString() ?? null }
  return { name, id, home, status, state, pending: [...pending], steps: [...steps], attempts, lastError, ...times }
}

const listOf = ({ status, name }: FlowFilter): string => JSON.stringify(['flows', { status, name }])

async function unfinished(homes: readonly RunningService[], filters: Filters): Promise<Page<Line>> {
  const { limit, cursor, status, name } = filters
  const [startedAt, id, of] = cursor === undefined ? [] : decodeCursor(cursor, listOf(filters), 3)
  const after = startedAt && id && of ? { startedAt: new Date(startedAt), id, name: of } : undefined
  const found = await Promise.all(
    homes.map(async (home) => {
      const flows = await listFlows(home.db.sql, { status, name }, { limit: limit + 1, after })
      return { items: flows.map((flow) => lineOf(home.name, flow)) }
    }),
  )
  return pageOf(found, filters)
}

function pageOf(parts: readonly Page<Line>[], filters: Filters): Page<Line> {
  return joined(parts, {
    limit: filters.limit,
    keyOf: ({ startedAt, id, name }) => [startedAt, id, name],
    list: listOf(filters),
  })
}

/** The glance over all processes from that of each. */
function overall(all: readonly Static<typeof Overview>[]): Static<typeof Overview> {
  const sum = (of: (one: Static<typeof Overview>) => number): number => all.reduce((total, one) => total + of(one), 0)
  return {
    outboxRows: sum(({ outboxRows }) => outboxRows),
    relayLagSeconds: Math.max(...all.map(({ relayLagSeconds }) => relayLagSeconds)),
    lagRecords: sum(({ lagRecords }) => lagRecords),
    deadLetters: sum(({ deadLetters }) => deadLetters),
    retrying: sum(({ retrying }) => retrying),
    waiting: sum(({ waiting }) => waiting),
    unfinishedFlows: sum(({ unfinishedFlows }) => unfinishedFlows),
    stuckFlows: sum(({ stuckFlows }) => stuckFlows),
    outboxes: all.flatMap(({ outboxes }) => outboxes),
    silent: all.flatMap(({ silent }) => silent),
  }
}
