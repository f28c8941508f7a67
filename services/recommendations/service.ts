import { RecommendationsShown } from '#contracts/events/recommendations.ts'
import { defineService } from '#kit/service/service.ts'
import { createDeps, type Deps } from './deps.ts'
import { invariants } from './invariants.ts'
import { cleanUp, countTerms } from './jobs/clean-up.ts'
import { fillFacts } from './jobs/fill-facts.ts'
import { trainIfDue } from './jobs/train.ts'
import { bothLists } from './kept.ts'
import { followCarts } from './reactions/follow-carts.ts'
import { followOrders } from './reactions/follow-orders.ts'
import { followProducts } from './reactions/follow-products.ts'
import { forgetUsers } from './reactions/forget-users.ts'
import { experimentRoutes } from './routes/experiments.ts'
import { listRoutes } from './routes/lists.ts'
import { modelRoutes } from './routes/models.ts'
import { peopleRoutes } from './routes/people.ts'
import { recommendationCalls } from './rpc.ts'
import { Settings } from './settings.ts'

export const service = defineService<Deps, typeof Settings>({
  name: 'recommendations',
  port: 8092,
  // no projection: orders that take effect again would be in demand twice
  kind: 'model',
  summary: 'What goes with what, and what a customer may like: by what people bought, carted and opened, by likeness, by demand.',
  migrations: new URL('./migrations/', import.meta.url),
  settings: Settings,
  create: createDeps,
  routes: (deps) => [...listRoutes(deps), ...peopleRoutes(deps), ...modelRoutes(deps), ...experimentRoutes(deps)],
  rpc: recommendationCalls,
  reactions: (deps) => [...followOrders, ...followCarts, ...followProducts(deps), forgetUsers],
  attention: () => ({ pauseMs: 100 }),
  changes: bothLists,
  publishes: [RecommendationsShown],
  jobs: (deps) => [
    { name: 'train', everySeconds: 30, run: (signal) => trainIfDue(deps, signal) },
    { name: 'fill-facts', everySeconds: 5, run: (signal) => fillFacts(deps, signal) },
    { name: 'count-terms', everySeconds: 600, run: () => countTerms(deps) },
    { name: 'clean-up', everySeconds: 3600, run: (signal) => cleanUp(deps, signal) },
  ],
  invariants,
  async health({ db }) {
    const [row] = await db.sql<{ version: number | null; trained_until: Date | null; training: boolean; experiments: number }[]>`
      select (select m.version from models m where m.state = 'active') as version, (select m.trained_until from models m where m.state = 'active') as trained_until,
             exists (select 1 from models m where m.state = 'training') as training, (select count(*) from experiments e where e.state = 'running')::integer as experiments`
    return {
      model: row!.version,
      trainedUntil: row!.trained_until?.toISOString() ?? null,
      training: row!.training,
      experiments: row!.experiments,
    }
  },
})
