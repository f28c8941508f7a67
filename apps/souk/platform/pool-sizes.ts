import type { Settings } from '../settings.ts'

/**
 * One budget for all: the background process gets a third of the connections, the HTTP processes share the rest. A service needs at
 * least two (one for a transaction, one beside it); with two, two transactions that each want one beside wait for each other, so the default budget is
 * 80: three for each of 14 services in the HTTP process.
 */
export function poolSizes(settings: Settings, services: number): { http: number; background: number; both: number } {
  const perService = settings.databaseConnections / Math.max(1, services)
  return {
    http: Math.max(2, Math.floor((perService * 2) / 3 / settings.httpWorkers)),
    background: Math.max(2, Math.floor(perService / 3)),
    both: Math.max(4, Math.floor(perService)),
  }
}
