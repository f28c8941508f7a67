import Type from 'typebox'
import type { GatewayDeps } from '../deps.ts'
import { can, get, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

export const READ = 'gateway:read'

const InstanceView = closed({
  service: Type.String(),
  url: Type.String(),
  version: Type.String(),
  breaker: Type.Union([Type.Literal('closed'), Type.Literal('half-open'), Type.Literal('open')]),
  inFlight: Type.Integer({ description: 'requests under way' }),
  requests: Type.Integer({ description: 'attempts since this process began' }),
  failures: Type.Integer({ description: 'of these, without an answer of the service' }),
})

/** What staff see of the services behind this process. */
export function upstreamRoutes({ forwarder }: GatewayDeps): readonly Route[] {
  return [
    get(
      '/actuator/gateway/upstreams',
      {
        access: can(READ),
        summary: 'Services in other processes: their instances, as this process sees them',
        response: closed({ instances: Type.Array(InstanceView), retryTokens: Type.Integer() }),
      },
      async () => ({ instances: forwarder?.states() ?? [], retryTokens: forwarder?.retryTokens ?? 0 }),
    ),
  ]
}
