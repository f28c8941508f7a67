import {
  ProductRatingChanged, ReviewCreated, ReviewFlagged, ReviewPublished, ReviewRejected, ReviewReplied, ReviewUpdated, ReviewWithdrawn,
} from '#contracts/events/reviews.ts' // biome-ignore format: names in rows
import { defineService } from '#kit/service/service.ts'
import { firstTags } from './commands/save-lists.ts'
import { type Deps, reviewsDeps } from './deps.ts'
import { invariants } from './invariants.ts'
import { deleteFiles, forgetBudgets } from './jobs/delete-files.ts'
import { followOrders } from './reactions/follow-orders.ts'
import { onUserDeleted } from './reactions/on-user-deleted.ts'
import { pictureRoutes } from './routes/pictures.ts'
import { readingRoutes } from './routes/reading.ts'
import { staffRoutes } from './routes/staff.ts'
import { writingRoutes } from './routes/writing.ts'
import { reviewCalls } from './rpc.ts'
import { seedReviews } from './seed/demo-reviews.ts'
import { Settings } from './settings.ts'
import { toLookAt } from './store.ts'

export const reviews = defineService<Deps, typeof Settings>({
  name: 'reviews',
  port: 8090,
  kind: 'model',
  summary:
    'What buyers say of products: stars, words and pictures, looked at by rules and staff, judged by readers, answered by sellers.',
  migrations: new URL('./migrations/', import.meta.url),
  settings: Settings,
  create: reviewsDeps,
  routes: (deps) => [...staffRoutes(deps), ...pictureRoutes(deps), ...readingRoutes(deps), ...writingRoutes(deps)],
  rpc: reviewCalls,
  reactions: (deps) => [...followOrders(deps), onUserDeleted(deps)],
  attention: () => ({ pauseMs: 100 }),
  jobs: (deps) => [deleteFiles(deps), forgetBudgets(deps)],
  publishes: [
    ReviewCreated,
    ReviewUpdated,
    ReviewFlagged,
    ReviewPublished,
    ReviewRejected,
    ReviewReplied,
    ReviewWithdrawn,
    ProductRatingChanged,
  ],
  invariants,
  bootstrap: ({ db }) => firstTags(db.sql),
  seed: seedReviews,
  figures: ({ db }) => [
    {
      name: 'reviews_waiting',
      help: 'Reviews that wait for staff',
      read: async () => {
        const [row] = await db.sql<{ count: number }[]>`
          select count(*)::integer as count from reviews r where ${toLookAt(db.sql)}`
        return [{ value: row!.count }]
      },
    },
  ],
  async health({ db }) {
    const [row] = await db.sql<{ waiting: number; oldest: number }[]>`
      select count(*)::integer as waiting, coalesce(extract(epoch from now() - min(r.queued_at)), 0)::integer as oldest
        from reviews r where ${toLookAt(db.sql)}`
    return { waiting: row!.waiting, oldestWaitingSeconds: row!.oldest }
  },
})
