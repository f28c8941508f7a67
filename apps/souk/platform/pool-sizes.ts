import type { Service } from '#kit/service/service.ts'
import type { Settings } from '../settings.ts'

/**
 * One budget for all: the background process gets a third of the connections, the HTTP processes share the rest. A service needs at
 * least two (one for a transaction, one beside it); with two, two transactions that each want one beside wait for each other, so the default budget is
 * 96: three for each of 17 services in the HTTP process. A service that has as many again for shoppers' questions counts twice.
 */
export function poolSizes(
  settings: Pick<Settings, 'databaseConnections' | 'httpWorkers'>,
  services: readonly Pick<Service, 'brief'>[],
): { http: number; background: number; both: number } {
  const pools = services.length + services.filter(({ brief }) => brief).length
  const perService = settings.databaseConnections / Math.max(1, pools)
  return {
    http: Math.max(2, Math.floor((perService * 2) / 3 / settings.httpWorkers)),
    background: Math.max(2, Math.floor(perService / 3)),
    both: Math.max(4, Math.floor(perService)),
  }
}
