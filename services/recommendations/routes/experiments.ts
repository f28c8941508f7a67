import Type from 'typebox'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { descending, keyset, page } from '#kit/http/paging.ts'
import { can, del, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { deleteDraft, draftExperiment, startExperiment, stopExperiment } from '../commands/change-experiment.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import type { Placement, Strategy, Variant } from '../experiment.ts'
import { experimentReport } from '../queries/experiment-report.ts'
import { PlacementName, StrategyName, WRITE } from './shapes.ts'
import { ModelVersion } from './models.ts'

const access = can(WRITE)
const Id = closed({ id: Uuid })
const Key = Type.String({ minLength: 1, maxLength: 60, pattern: '^[a-z0-9][a-z0-9-]*$' })
const Weight = Type.Integer({ minimum: 1, maximum: 1000 })
const ExperimentView = closed({
  id: Uuid,
  key: Key,
  placement: PlacementName,
  variants: Type.Array(closed({ key: Key, weight: Weight, strategy: StrategyName, model: Nullable(Type.Integer()) })),
  state: Type.Union([Type.Literal('draft'), Type.Literal('running'), Type.Literal('stopped')]),
  createdAt: Timestamp,
  startedAt: Nullable(Timestamp),
  stoppedAt: Nullable(Timestamp),
})
const Judged = Nullable(
  closed({
    difference: Type.Number({ description: 'of the shares, this variant less the first' }),
    low: Type.Number({ description: 'lower end of the 95 % interval of the difference' }),
    high: Type.Number(),
    z: Type.Number(),
    p: Type.Number({ description: 'two-sided, of a two-proportion z-test with pooled variance' }),
    significant: Type.Boolean({ description: 'p below 0.05; valid once, when the experiment has the size planned before' }),
  }),
)
const ReportView = closed({
  experiment: ExperimentView,
  variants: Type.Array(
    closed({
      key: Key,
      weight: Weight,
      subjects: Type.Integer(),
      clicked: Type.Integer(),
      customers: Type.Integer({ description: 'subjects who were signed in: only of them are orders known' }),
      ordered: Type.Integer(),
      clickThrough: Judged,
      conversion: Judged,
    }),
  ),
  sampleRatioP: Type.Number({ description: 'chance that chance alone splits the subjects like this (chi-square)' }),
  sampleRatioMismatch: Type.Boolean({ description: 'p below 0.001: the split is broken, do not trust the rest' }),
})
const Day = Type.String({ format: 'date' })
const PlacementReport = closed({
  placement: PlacementName,
  strategy: StrategyName,
  shown: Type.Integer(),
  clicks: Type.Integer(),
  orders: Type.Integer({ description: 'of a product that was clicked, by the same customer within a week' }),
  clickThrough: Nullable(Type.Number()),
  conversion: Nullable(Type.Number()),
})

const list = keyset({
  list: 'recommendation experiments',
  id: { column: 'e.id', type: 'uuid' },
  sorts: { newest: descending('e.id', 'uuid') },
  initial: 'newest',
})

interface Row {
  id: string
  key: string
  placement: Placement
  variants: Variant[]
  state: 'draft' | 'running' | 'stopped'
  created_at: Date
  started_at: Date | null
  stopped_at: Date | null
}
const view = ({ created_at, started_at, stopped_at, id, key, placement, variants, state }: Row) => ({
  id,
  key,
  placement,
  variants,
  state,
  createdAt: created_at.toISOString(),
  startedAt: started_at?.toISOString() ?? null,
  stoppedAt: stopped_at?.toISOString() ?? null,
})

/** A/B tests, and what comes of recommending at all. */
export function experimentRoutes({ db }: Deps): Route[] {
  return [
    get(
      '/api/recommendations/experiments',
      { access, summary: 'Experiments', query: list.query({}), response: page(ExperimentView) },
      async ({ query }) => {
        const at = list.position(query)
        const rows = await db.read<Row[]>`
          select e.id, e.key, e.placement, e.variants, e.state, e.created_at, e.started_at, e.stopped_at, ${at.keys(db.read)}
            from experiments e where true ${at.after(db.read)} ${at.order(db.read)}`
        return at.page(rows, view)
      },
    ),
    post(
      '/api/recommendations/experiments',
      {
        access,
        summary: 'Write an experiment down',
        description: 'The first variant is what the others are compared with. Who takes part gets the same variant each time.',
        body: closed({
          key: Key,
          placement: PlacementName,
          variants: Type.Array(
            closed({
              key: Key,
              weight: Weight,
              strategy: StrategyName,
              model: Type.Optional(Nullable(ModelVersion)),
            }),
            { minItems: 2, maxItems: 10 },
          ),
        }),
        response: Id,
        status: 201,
        errors: [errors.badVariants, errors.experimentExists],
      },
      async ({ tx, body, principal }) => {
        const id = uuidv7()
        const variants = body.variants.map((variant) => ({ ...variant, model: variant.model ?? null }))
        await draftExperiment(tx, { id, key: body.key, placement: body.placement, variants, by: principal.id })
        return { id }
      },
    ),
    del(
      '/api/recommendations/experiments/:id',
      { access, summary: 'Delete a draft', params: Id, errors: [errors.noSuchExperiment, errors.notDraft] },
      async ({ tx, params }) => await deleteDraft(tx, params.id),
    ),
    post(
      '/api/recommendations/experiments/:id/start',
      {
        access,
        summary: 'Let a draft run',
        params: Id,
        errors: [errors.noSuchExperiment, errors.notDraft, errors.placeTaken, errors.badVariants],
      },
      async ({ tx, params }) => await startExperiment(tx, params.id),
    ),
    post(
      '/api/recommendations/experiments/:id/stop',
      { access, summary: 'Stop an experiment', params: Id, errors: [errors.noSuchExperiment, errors.notRunning] },
      async ({ tx, params }) => await stopExperiment(tx, params.id),
    ),
    get(
      '/api/recommendations/experiments/:id/report',
      {
        access,
        summary: 'What came of an experiment, and whether it means anything',
        params: Id,
        response: ReportView,
        errors: [errors.noSuchExperiment],
      },
      async ({ params }) => {
        const [row] = await db.sql<Row[]>`
          select e.id, e.key, e.placement, e.variants, e.state, e.created_at, e.started_at, e.stopped_at from experiments e where e.id = ${params.id}`
        if (!row) throw errors.noSuchExperiment()
        const { variants, ...rest } = await experimentReport(db.sql, row.id, row.variants)
        return { experiment: view(row), variants: [...variants], ...rest }
      },
    ),
    get(
      '/api/recommendations/report',
      {
        access,
        summary: 'Lists that were shown, clicks and orders, by place and strategy',
        query: closed({ from: Type.Optional(Day), to: Type.Optional(Day) }),
        response: closed({ placements: Type.Array(PlacementReport) }),
      },
      async ({ query }) => {
        const rows = await db.read<{ placement: Placement; strategy: Strategy; shown: number; clicks: number; orders: number }[]>`
          select d.placement, d.strategy, sum(d.shown)::integer as shown, sum(d.clicks)::integer as clicks, sum(d.orders)::integer as orders
            from placement_days d
           where d.day between coalesce(${query.from ?? null}::date, current_date - 30) and coalesce(${query.to ?? null}::date, current_date)
           group by 1, 2 order by 1, 2`
        const of = (part: number, whole: number) => (whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000)
        return {
          placements: rows.map((row) => ({
            ...row,
            clickThrough: of(row.clicks, row.shown),
            conversion: of(row.orders, row.clicks),
          })),
        }
      },
    ),
  ]
}
