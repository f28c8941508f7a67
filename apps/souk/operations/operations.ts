import type { AppService } from '#kit/http/app.ts'
import { eventRoutes, type OperationsDeps } from './event-routes.ts'
import { flowRoutes } from './flow-routes.ts'

/**
 * What staff do about events and flows, as one more set of routes beside the services': the platform's own, because dead letters and
 * flows lie in every service's schema.
 */
export function operationsService(deps: OperationsDeps): AppService {
  return {
    name: 'operations',
    summary: 'Event flow, dead letters, replay and running flows, for staff.',
    routes: [...flowRoutes(deps), ...eventRoutes(deps)],
  }
}
