import type { AppService } from '#kit/http/app.ts'
import type { Service } from '#kit/service/service.ts'
import type { Settings } from '../settings.ts'
import { deadLetterRoutes } from './dead-letter-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { flowRoutes } from './flow-routes.ts'
import type { OperationsDeps } from './here.ts'
import { jobRoutes } from './job-routes.ts'
import type { Live } from './live.ts'
import { liveRoutes } from './live-routes.ts'
import { type MapNode, mapRoutes } from './service-map.ts'
import { settingsRoutes } from './settings-view.ts'
import { type AskRecent, traceRoutes } from './trace-routes.ts'

interface Deps extends OperationsDeps {
  readonly live: Live
  readonly settings: Settings
  readonly services: readonly Pick<Service, 'name' | 'settings'>[]
  readonly map: readonly MapNode[]
  readonly recent: AskRecent
}

/**
 * What staff see and do of the machinery, as one more set of routes beside the services': the platform's own, because dead letters,
 * flows and jobs lie in every service's schema.
 */
export function operationsService(deps: Deps): AppService {
  return {
    name: 'operations',
    summary:
      'Services and their settings, event flow, dead letters, replay, running flows, jobs, and what changes at the moment, for staff.',
    routes: [
      ...flowRoutes(deps),
      ...eventRoutes(deps),
      ...deadLetterRoutes(deps),
      ...jobRoutes(deps),
      ...mapRoutes(deps),
      ...settingsRoutes(deps),
      ...traceRoutes(deps),
      ...liveRoutes(deps),
    ],
  }
}
