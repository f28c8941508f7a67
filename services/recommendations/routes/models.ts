import Type from 'typebox'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { descending, keyset, page } from '#kit/http/paging.ts'
import { can, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { activate, askForModel, rollBack } from '../commands/change-model.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { WRITE } from './shapes.ts'

const access = can(WRITE)
/** As large as the column: more is no version. */
export const ModelVersion = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })
const Version = closed({ version: ModelVersion })
const share = Type.Number({ minimum: 0, maximum: 1 })
const ModelView = closed({
  version: Type.Integer(),
  state: Type.Union([
    Type.Literal('asked'),
    Type.Literal('training'),
    Type.Literal('ready'),
    Type.Literal('active'),
    Type.Literal('failed'),
  ]),
  emptied: Type.Boolean({ description: 'its neighbours were deleted: it cannot be gone back to' }),
  askedBy: Nullable(Uuid),
  askedAt: Timestamp,
  finishedAt: Nullable(Timestamp),
  trainedUntil: Nullable(Timestamp),
  signals: Nullable(Type.Integer({ description: 'purchases, views and carts it was made of' })),
  products: Nullable(Type.Integer()),
  figures: Nullable(
    closed({
      users: Type.Integer(),
      hitRateAt10: share,
      popularityHitRateAt10: share,
      ndcgAt10: share,
      coverage: share,
    }),
  ),
  error: Nullable(Type.String()),
})
const list = keyset({
  list: 'recommendation models',
  id: { column: 'm.version', type: 'integer' },
  sorts: { newest: descending('m.version', 'integer') },
  initial: 'newest',
})

interface Row {
  version: number
  state: 'asked' | 'training' | 'ready' | 'active' | 'failed'
  emptied: boolean
  asked_by: string | null
  asked_at: Date
  finished_at: Date | null
  trained_until: Date | null
  signals: number | null
  products: number | null
  figures: { users: number; hitRateAt10: number; popularityHitRateAt10: number; ndcgAt10: number; coverage: number } | null
  error: string | null
}

/** Models: which there are, which one is used. */
export function modelRoutes({ db }: Deps): Route[] {
  return [
    get(
      '/api/recommendations/models',
      { access, summary: 'Models, with their figures on the last four weeks', query: list.query({}), response: page(ModelView) },
      async ({ query }) => {
        const at = list.position(query)
        const rows = await db.read<Row[]>`
          select m.version, m.state, m.emptied, m.asked_by, m.asked_at, m.finished_at, m.trained_until, m.signals, m.products, m.figures, m.error, ${at.keys(db.read)}
            from models m where true ${at.after(db.read)} ${at.order(db.read)}`
        return at.page(rows, (row) => ({
          version: row.version,
          state: row.state,
          emptied: row.emptied,
          askedBy: row.asked_by,
          askedAt: row.asked_at.toISOString(),
          finishedAt: row.finished_at?.toISOString() ?? null,
          trainedUntil: row.trained_until?.toISOString() ?? null,
          signals: row.signals,
          products: row.products,
          figures: row.figures,
          error: row.error,
        }))
      },
    ),
    post(
      '/api/recommendations/models',
      {
        access,
        summary: 'Train a model',
        description: 'Behind the shop, within a minute or two. It becomes active where it is better than popularity.',
        response: Version,
        status: 202,
        errors: [errors.alreadyTraining],
      },
      async ({ tx, principal }) => ({ version: await askForModel(tx, principal.id) }),
    ),
    post(
      '/api/recommendations/models/:version/activate',
      {
        access,
        summary: 'Use this model from now on',
        params: Version,
        response: Version,
        errors: [errors.noSuchModel, errors.notReady],
      },
      async ({ tx, params, principal }) => {
        await activate(tx, { id: uuidv7(), version: params.version, by: principal.id })
        return { version: params.version }
      },
    ),
    post(
      '/api/recommendations/models/roll-back',
      { access, summary: 'Go back to the model that was used before', response: Version, errors: [errors.nothingBefore] },
      async ({ tx, principal }) => ({ version: await rollBack(tx, { id: uuidv7(), by: principal.id }) }),
    ),
  ]
}
