import { createGateway, type GatewayDeps } from './deps.ts'
import { faultRoutes } from './routes/faults.ts'
import { trafficRoutes } from './routes/traffic.ts'
import { upstreamRoutes } from './routes/upstreams.ts'
import { Settings } from './settings.ts'
import { TrafficShifted } from '#contracts/events/gateway.ts'
import { defineService } from '#kit/service/service.ts'

/**
 * The only entry. For services of its own process its work is the edge of kit/http, and a request makes no second hop. Requests for
 * services that run elsewhere are passed on by the forwarder.
 */
export const service = defineService<GatewayDeps, typeof Settings>({
  name: 'gateway',
  port: 8080,
  kind: 'infra',
  summary: 'The only entry: who may come in, how often, and where to.',
  settings: Settings,
  migrations: new URL('./migrations/', import.meta.url),
  create: createGateway,
  routes: (deps) => [...upstreamRoutes(deps), ...trafficRoutes(deps), ...faultRoutes(deps.faults, deps.kit.settings.faultsKey)],
  door: ({ forwarder, faults }) => ({ forwarder, ...(faults ? { faults: (request) => faults.of(request) } : {}) }),
  publishes: [TrafficShifted],
  health: async ({ forwarder }) => {
    if (!forwarder) return { forwarding: 'none: every service runs here' }
    const { unavailable, ...counts } = summaryOf(forwarder.states())
    return { ...counts, ...(unavailable.length > 0 ? { unavailable } : {}) }
  },
})

/** Instances by state of their breaker, and services of which no instance takes requests. */
function summaryOf(states: ReturnType<NonNullable<GatewayDeps['forwarder']>['states']>) {
  const open = Object.entries(Object.groupBy(states, ({ service }) => service))
    .filter(([, list]) => list!.every(({ breaker }) => breaker === 'open'))
    .map(([service]) => service)
  const count = (state: string) => states.filter(({ breaker }) => breaker === state).length
  return { instances: states.length, open: count('open'), halfOpen: count('half-open'), unavailable: open }
}
