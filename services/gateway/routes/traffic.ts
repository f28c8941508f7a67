import Type from 'typebox'
import { type GatewayDeps, OPERATE } from '../deps.ts'
import { errors } from '../errors.ts'
import { changesOf, lastChanges, listOf, shiftTraffic, type TrafficChange } from '../traffic.ts'
import { checkWeights, MAX_WEIGHT } from '../weights.ts'
import { READ } from './upstreams.ts'
import { Nullable, Timestamp } from '#contracts/values.ts'
import { can, del, get, put, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

const Service = closed({ service: Type.String({ minLength: 1, maxLength: 64 }) })
const Weight = closed({
  version: Type.String({ minLength: 1, maxLength: 32 }),
  weight: Type.Integer({ minimum: 0, maximum: MAX_WEIGHT, description: '0: gets no requests' }),
})
const WeightList = Type.Array(Weight, { minItems: 1, maxItems: 50 })
const Reason = Type.String({ minLength: 1, maxLength: 500 })
const ServiceTraffic = closed({
  service: Type.String(),
  versions: Type.Array(closed({ version: Type.String(), instances: Type.Integer() })),
  weights: Type.Array(Weight, { description: 'in force' }),
  decidedBy: Type.Union([Type.Literal('staff'), Type.Literal('settings'), Type.Literal('instances')]),
  version: Type.Integer({ description: 'of the last decision of staff; 0: none yet' }),
})
const Change = closed({
  service: Type.String(),
  version: Type.Integer(),
  weights: Nullable(Type.Array(Weight)),
  reason: Type.String(),
  changedBy: Type.String(),
  changedAt: Timestamp,
})
const viewOf = ({ weights, changedAt, ...change }: TrafficChange) => ({
  ...change,
  weights: weights && listOf(weights),
  changedAt: changedAt.toISOString(),
})

/** Canary and blue/green: which share of the callers gets which version. */
export function trafficRoutes({ kit, forwarder, settingsWeights }: GatewayDeps): readonly Route[] {
  const upstreamOf = (service: string) => {
    const upstream = forwarder?.upstream(service)
    if (!upstream) throw errors.noSuchService({ service })
    return upstream
  }
  return [
    get(
      '/api/gateway/traffic',
      {
        access: can(READ),
        summary: 'Versions of services in other processes, and the share each gets',
        response: closed({ services: Type.Array(ServiceTraffic) }),
      },
      async () => {
        const decided = new Map((await lastChanges(kit.db.sql)).map((change) => [change.service, change]))
        const services = (forwarder?.services ?? []).map((service) => {
          const upstream = upstreamOf(service)
          const staff = decided.get(service)
          const setting = settingsWeights().get(service)
          return {
            service,
            versions: upstream.versions.map((version) => ({
              version,
              instances: upstream.instances.filter(({ peer }) => peer.version === version).length,
            })),
            weights: listOf(upstream.effectiveWeights(staff?.weights ?? setting)),
            decidedBy: staff?.weights ? ('staff' as const) : setting ? ('settings' as const) : ('instances' as const),
            version: staff?.version ?? 0,
          }
        })
        return { services }
      },
    ),
    get(
      '/api/gateway/traffic/:service/changes',
      {
        access: can(READ),
        summary: 'Who shifted traffic of a service, when and why, newest first',
        params: Service,
        response: closed({ changes: Type.Array(Change) }),
      },
      async ({ params }) => ({ changes: (await changesOf(kit.db.sql, params.service, 100)).map(viewOf) }),
    ),
    put(
      '/api/gateway/traffic/:service',
      {
        access: can(OPERATE),
        summary: 'Shift traffic between versions of a service',
        description:
          'Holds in every gateway process within a second. Callers stay with their version as far as the weights allow.',
        params: Service,
        body: closed({ weights: WeightList, reason: Reason }),
        response: Change,
        versioned: true,
        errors: [errors.noSuchService, errors.noSuchVersion, errors.weightedTwice, errors.nobodyLeft, errors.versionConflict],
      },
      async ({ tx, params: { service }, body, principal, expectedVersion }) => {
        const weights = checkWeights(body.weights, upstreamOf(service).versions)
        const shift = { service, weights, reason: body.reason, changedBy: principal.id, expectedVersion }
        return viewOf(await shiftTraffic(tx, kit.outbox, shift))
      },
    ),
    del(
      '/api/gateway/traffic/:service',
      {
        access: can(OPERATE),
        summary: 'Go back to the weights of the settings',
        params: Service,
        query: closed({ reason: Type.Optional(Reason) }),
        response: Change,
        versioned: true,
        errors: [errors.noSuchService, errors.versionConflict],
      },
      async ({ tx, params: { service }, query, principal, expectedVersion }) => {
        upstreamOf(service)
        const reason = query.reason ?? 'back to the settings'
        const shift = { service, weights: null, reason, changedBy: principal.id, expectedVersion }
        return viewOf(await shiftTraffic(tx, kit.outbox, shift))
      },
    ),
  ]
}
