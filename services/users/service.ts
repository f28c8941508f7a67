import type { UsersDeps } from './deps.ts'
import { onAccountEvents } from './reactions/on-account-events.ts'
import { accountRoutes } from './routes/accounts.ts'
import { belongingRoutes } from './routes/belongings.ts'
import { staffRoutes } from './routes/staff.ts'
import { viewRoutes } from './routes/views.ts'
import { usersMethods } from './rpc.ts'
import { UserDeleted, UserProfileUpdated, UserRegistered } from '#contracts/events/users.ts'
import { authRpc } from '#contracts/rpc/auth.ts'
import { recommendationsRpc } from '#contracts/rpc/recommendations.ts'
import { reviewsRpc } from '#contracts/rpc/reviews.ts'
import { defineService } from '#kit/service/service.ts'

export const service = defineService<UsersDeps>({
  name: 'users',
  port: 8081,
  kind: 'crud',
  summary: 'Who our customers are: profile, addresses, preferences, groups, activity; erasure.',
  apart: { group: 'shop' },
  migrations: new URL('./migrations/', import.meta.url),
  create: (kit) => ({
    db: kit.db,
    outbox: kit.outbox,
    log: kit.log,
    auth: kit.rpc(authRpc),
    recommendations: kit.rpc(recommendationsRpc),
    reviews: kit.rpc(reviewsRpc),
  }),
  routes: (deps) => [...accountRoutes(deps), ...belongingRoutes(deps), ...staffRoutes(deps), ...viewRoutes(deps)],
  rpc: usersMethods,
  reactions: onAccountEvents,
  jobs: (deps) => [
    {
      name: 'users-forget-old-activity',
      everySeconds: 86_400,
      async run() {
        await deps.db.sql`delete from activity where at < now() - interval '1 year'`
      },
    },
  ],
  publishes: [UserRegistered, UserProfileUpdated, UserDeleted],
  invariants: [
    {
      name: 'U1 who has addresses has one default to ship to and one to bill to',
      sql: `select user_id from addresses group by user_id having count(*) filter (where default_shipping) <> 1 or count(*) filter (where default_billing) <> 1`,
    },
    { name: 'U2 nobody who was erased has a profile', sql: `select user_id from erasures join profiles using (user_id)` },
  ],
})
