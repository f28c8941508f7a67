import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from '#contracts/values.ts'
import { can, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { type JobRow, listJobs, makeDue } from '#kit/service/job-admin.ts'
import type { RunningService } from '#kit/service/host.ts'
import { takesTurns } from '#kit/service/jobs.ts'
import { scrubText } from '#kit/service/scrub.ts'
import { across, toAll, toOne, type Unanswered } from './across-processes.ts'
import { errors } from './errors.ts'
import { type OperationsDeps, servicesFor } from './here.ts'
import { Name } from './shapes.ts'

const Job = closed({
  service: Type.String(),
  name: Type.String(),
  everySeconds: Type.Number(),
  running: Type.Boolean(),
  runs: Type.Integer(),
  startedAt: Nullable(Timestamp),
  finishedAt: Nullable(Timestamp),
  milliseconds: Nullable(Type.Integer({ description: 'how long the last run took' })),
  nextAt: Nullable({ ...Timestamp, description: 'null: as soon as somebody takes its turn' }),
  lastError: Nullable(Type.String()),
})
const one = closed({ service: Name, name: Name })

type Jobs = { items: Static<typeof Job>[] }

// those without turns have nothing to tell of
const jobsOf = ({ jobs }: RunningService) => jobs.filter(takesTurns)

/** Work by the clock: when it ran, how it went, and once more now. */
export function jobRoutes(deps: Pick<OperationsDeps, 'platform' | 'log' | 'others'>): Route[] {
  const { others, platform, log } = deps
  return [
    toAll<Jobs & Unanswered>(
      others,
      { merge: byService },
      get(
        '/api/admin/jobs',
        {
          access: can('events:operate'),
          summary: 'What is done by the clock: the last run of each job and the next',
          response: across(closed({ items: Type.Array(Job) })),
        },
        async (request) => {
          const all = await Promise.all(
            servicesFor(deps, request).map(async (service) => {
              const known = new Map((await listJobs(service.db.sql)).map((row) => [row.name, row]))
              return jobsOf(service).map(({ name, everySeconds }) => ({
                service: service.name,
                name,
                everySeconds,
                ...ran(known.get(name)),
              }))
            }),
          )
          return { items: all.flat() }
        },
      ),
    ),
    toOne(
      others,
      ({ params }) => (params as Static<typeof one>).service,
      post(
        '/api/admin/jobs/:service/:name/run',
        {
          access: can('events:operate'),
          idempotency: 'none',
          summary: 'Has a job run at its next turn, within half a minute',
          params: one,
          status: 202,
          response: closed({ service: Type.String(), name: Type.String() }),
          errors: [errors.noSuchJob, errors.jobRuns],
        },
        async ({ params, principal }) => {
          const service = platform.host.services.find(({ name }) => name === params.service)
          if (!service || !jobsOf(service).some(({ name }) => name === params.name)) throw errors.noSuchJob(params)
          if (!(await makeDue(service.db.sql, params.name))) throw errors.jobRuns(params)
          log.info({ by: principal.id, service: params.service, job: params.name }, 'a job was made due by hand')
          return params
        },
      ),
    ),
  ]
}

/** In an order that does not hang on who answered first. */
function byService(all: readonly Jobs[]): Jobs {
  return { items: all.flatMap(({ items }) => items).sort((a, b) => (a.service < b.service ? -1 : a.service > b.service ? 1 : 0)) }
}

function ran(row: JobRow | undefined) {
  const { startedAt = null, finishedAt = null, nextAt = null } = row ?? {}
  const ended = startedAt !== null && finishedAt !== null && finishedAt >= startedAt
  return {
    running: row?.running ?? false,
    runs: row?.runs ?? 0,
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
    milliseconds: ended ? finishedAt.getTime() - startedAt.getTime() : null,
    nextAt: nextAt?.toISOString() ?? null,
    lastError: row?.lastError == null ? null : scrubText(row.lastError),
  }
}
