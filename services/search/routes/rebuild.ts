import Type from 'typebox'
import { Nullable, Timestamp } from '#contracts/values.ts'
import { can, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { SearchDeps } from '../deps.ts'
import { askForRebuild, type Rebuild, rebuildState } from '../rebuild.ts'

const RebuildView = closed({
  state: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('never')]),
  askedBy: Nullable(Type.String()),
  begunAt: Nullable(Timestamp),
  finishedAt: Nullable(Timestamp),
  progress: Nullable(closed({ made: Type.Integer(), of: Type.Integer({ description: 'documents that are read meanwhile' }) })),
  documents: Nullable(Type.Integer()),
  hashBefore: Nullable(
    Type.String({ description: 'of the documents that were replaced; equal to hashAfter where nothing had been missed' }),
  ),
  hashAfter: Nullable(Type.String()),
  engine: closed({
    name: Type.String({ description: 'what answers questions' }),
    fallback: Nullable(
      closed({
        open: Type.Boolean({ description: 'the engine does not answer: PostgreSQL does' }),
        fallbacks: Type.Integer({ description: 'questions that PostgreSQL answered for it, in the process that was asked' }),
      }),
    ),
  }),
})

export function rebuildRoutes({ db, engine, fallback }: SearchDeps): Route[] {
  const view = ({ begunAt, finishedAt, ...rest }: Rebuild) => ({
    ...rest,
    begunAt: begunAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
    engine: { name: engine.name, fallback: fallback?.() ?? null },
  })
  return [
    get(
      '/api/search/rebuild',
      { access: can('search:write'), summary: 'How the last rebuild of the read model went', response: RebuildView },
      async () => view(await rebuildState(db.sql)),
    ),
    post(
      '/api/search/rebuild',
      {
        access: can('search:write'),
        summary: 'Make the read model anew from the catalogue',
        description: 'Beside the one that is read, while changes go on; then they change places. One that is running goes on.',
        response: RebuildView,
        status: 202,
      },
      async ({ tx, principal }) => {
        await askForRebuild(tx, principal.id)
        return view(await rebuildState(tx))
      },
    ),
  ]
}
