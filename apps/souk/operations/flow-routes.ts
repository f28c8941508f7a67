import Type from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { decodeCursor, encodeCursor, PageQuery, page } from '#kit/http/paging.ts'
import { can, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { type Flow, type FlowFilter, inspectFlow, listFlows, retryFlow } from '#kit/process/admin.ts'
import type { RunningService } from '#kit/service/host.ts'
import { errors } from './errors.ts'
import { totalsOf } from './event-flow.ts'
import type { OperationsDeps } from './event-routes.ts'
import { FlowLine, Name, Overview, UnfinishedStatus } from './shapes.ts'

const look = { access: can('events:operate') } as const
const one = closed({ name: Name, id: Uuid })

/** Flows that cross services: where they stand, and another try for those that are stuck. */
export function flowRoutes(deps: OperationsDeps): Route[] {
  const homes = deps.platform.host.services.filter(({ processes }) => processes.definitions > 0)
  return [
    get('/api/admin', { ...look, summary: 'How events and flows stand, in one glance', response: Overview }, async () => {
      const flow = await deps.flow()
      const outboxes = flow.services.map(({ service, outbox }) => ({ service, ...outbox }))
      return { ...totalsOf(flow), outboxes, silent: [...flow.silent] }
    }),
    get(
      '/api/processes',
      {
        ...look,
        summary: 'Flows that have not ended, oldest first',
        query: closed({ ...PageQuery, status: Type.Optional(UnfinishedStatus), name: Type.Optional(Name) }),
        response: page(FlowLine),
      },
      async ({ query: { limit, cursor, status, name } }) => await unfinished(homes, { status, name }, limit, cursor),
    ),
    get(
      '/api/processes/:name/:id',
      { ...look, summary: 'One flow with its steps, ended or not', params: one, response: FlowLine, errors: [errors.noSuchFlow] },
      async ({ params: { name, id } }) => {
        for (const home of homes) {
          const flow = await inspectFlow(home.db.sql, name, id)
          if (flow) return lineOf(home.name, flow)
        }
        throw errors.noSuchFlow({ name, id })
      },
    ),
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
        for (const home of homes) {
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
  ]
}

function lineOf(
  home: string,
  { name, id, status, state, pending, steps, attempts, lastError, startedAt, updatedAt, dueAt }: Flow,
) {
  const times = { startedAt: startedAt.toISOString(), updatedAt: updatedAt.toISOString(), dueAt: dueAt?.toISOString() ?? null }
  return { name, id, home, status, state, pending: [...pending], steps: [...steps], attempts, lastError, ...times }
}

async function unfinished(homes: readonly RunningService[], filter: FlowFilter, limit: number, cursor: string | undefined) {
  const list = JSON.stringify(['flows', filter])
  const [startedAt, id, name] = cursor === undefined ? [] : decodeCursor(cursor, list, 3)
  const after = startedAt && id && name ? { startedAt: new Date(startedAt), id, name } : undefined
  const found = await Promise.all(
    homes.map(async (home) =>
      (await listFlows(home.db.sql, filter, { limit: limit + 1, after })).map((flow) => lineOf(home.name, flow)),
    ),
  )
  const rank = (flow: { startedAt: string; id: string; name: string }): string => `${flow.startedAt} ${flow.id} ${flow.name}`
  const flows = found.flat().sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
  const items = flows.slice(0, limit)
  const last = items.at(-1)
  return { items, ...(flows.length > limit && last ? { next: encodeCursor([last.startedAt, last.id, last.name], list) } : {}) }
}
