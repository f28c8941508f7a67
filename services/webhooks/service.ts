import { defineService } from '#kit/service/service.ts'
import type { Deps } from './deps.ts'
import { cleanUp } from './jobs/clean-up.ts'
import { sendDeliveries } from './jobs/send-deliveries.ts'
import { listenForEndpoints, queueDeliveries } from './reactions/queue-deliveries.ts'
import { deliveryRoutes } from './routes/deliveries.ts'
import { endpointRoutes } from './routes/endpoints.ts'
import { Settings } from './settings.ts'

export const webhooks = defineService<Deps, typeof Settings>({
  name: 'webhooks',
  port: 8101,
  kind: 'infra',
  summary: 'Outgoing webhooks: tells merchants’ own systems what happened, signed, repeated until it got through.',
  migrations: new URL('./migrations/', import.meta.url),
  settings: Settings,
  create: ({ db, log, settings, secret }) => ({ db, log, settings, key: secret('webhooks/secrets') }),
  routes: (deps) => [...endpointRoutes(deps), ...deliveryRoutes(deps)],
  reactions: queueDeliveries,
  attention: listenForEndpoints,
  jobs: (deps) => [sendDeliveries(deps), cleanUp(deps)],
  invariants: [
    {
      name: 'W1 nothing waits for longer than the schedule lasts',
      sql: `select d.id from deliveries d join endpoints e on e.id = d.endpoint_id where e.enabled and d.state = 'pending' and d.next_at < now() - interval '1 hour'`,
    },
  ],
  async health({ db }) {
    const [row] = await db.sql<{ endpoints: number; waiting: number; late: number }[]>`
      select (select count(*) from endpoints e where e.enabled)::integer as endpoints,
        count(*)::integer as waiting, coalesce(extract(epoch from now() - min(d.next_at)), 0)::integer as late
      from deliveries d join endpoints e on e.id = d.endpoint_id where d.state = 'pending' and e.enabled`
    return { endpoints: row!.endpoints, waiting: row!.waiting, oldestDueSeconds: Math.max(0, row!.late) }
  },
})
