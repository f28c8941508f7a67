import Type from 'typebox'
import { errors } from './errors.ts'
import type { Metrics } from './metrics.ts'
import { anyone, can, get, post, programOr, Reply, type Route, type RouteRequest } from './route.ts'
import { may } from '#kit/core/principal.ts'
import { closed } from '#kit/messaging/event.ts'

/** One part of the platform that can be up or down. `check` returns details and throws when it is down. */
export interface HealthProvider {
  readonly name: string
  readonly check: () => Promise<Record<string, unknown>>
}

export interface OperationsOptions {
  readonly health: readonly HealthProvider[]
  readonly metrics: Metrics
  /** What all processes of this installation measured; default: what this one did. */
  readonly gathered?: (() => Promise<Pick<Metrics['registry'], 'metrics' | 'getMetricsAsJSON'>>) | undefined
  /** application, profile, version … for /actuator/info */
  readonly info: () => Record<string, unknown>
  /** false while the process starts or drains: readiness answers 503 */
  readonly ready?: () => boolean
  /** Reads the configuration again: in this process (names of what changed), and in every process. */
  readonly refresh?: { readonly here: () => Promise<readonly string[]>; readonly everywhere: (askedBy: string) => Promise<void> }
  /** features that are named, with their share in percent */
  readonly features?: () => ReadonlyMap<string, number>
  /** who sees more than UP and DOWN: everybody, or staff with `monitoring:read`; default staff */
  readonly details?: 'everyone' | 'staff'
  /** a part that does not answer in this time is down; default 2,000 ms */
  readonly timeoutMs?: number
}

type Status = 'UP' | 'DOWN' | 'OUT_OF_SERVICE'
interface Component {
  status: Status
  details: Record<string, unknown>
}

async function examine(provider: HealthProvider, timeoutMs: number): Promise<Component> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return { status: 'UP', details: await Promise.race([provider.check(), late]) }
  } catch (error) {
    return { status: 'DOWN', details: { error: error instanceof Error ? error.message : String(error) } }
  } finally {
    clearTimeout(timer)
  }
}

const JSON_TYPE = 'application/json; charset=utf-8'
const NO_STORE = { 'cache-control': 'no-store' }

/** The routes under /actuator and /api/health. Pass them as `operations` to `buildApp`. */
export function operationRoutes(options: OperationsOptions): Route[] {
  const { metrics, gathered = async () => metrics.registry, info, ready = () => true, timeoutMs = 2_000 } = options
  const running = new Map<HealthProvider, Promise<Component>>()

  /** However many look at once, a part is asked once, and at most once a second. */
  const look = (provider: HealthProvider): Promise<Component> => {
    const asked = running.get(provider)
    if (asked) return asked
    const now = examine(provider, timeoutMs)
    running.set(provider, now)
    void now.then(() => setTimeout(() => running.delete(provider), 1_000).unref())
    return now
  }
  const components = async (): Promise<Map<string, Component>> =>
    new Map(await Promise.all(options.health.map(async (provider) => [provider.name, await look(provider)] as const)))
  const seesDetails = (request: RouteRequest): boolean =>
    options.details === 'everyone' || may(request.principal, 'monitoring:read')
  const shown = (component: Component, details: boolean) => (details ? component : { status: component.status })
  const answer = (status: Status, body: object) =>
    new Reply(JSON.stringify({ status, ...body }), { status: status === 'UP' ? 200 : 503, headers: NO_STORE })

  const overall = async (request: RouteRequest) => {
    const all = await components()
    const details = seesDetails(request)
    const status: Status = [...all.values()].some((component) => component.status === 'DOWN')
      ? 'DOWN'
      : ready()
        ? 'UP'
        : 'OUT_OF_SERVICE'
    return answer(status, {
      components: Object.fromEntries([...all].map(([name, component]) => [name, shown(component, details)])),
    })
  }
  const one = async (request: RouteRequest<{ component: string }>) => {
    const provider = options.health.find(({ name }) => name === request.params.component)
    if (!provider) throw errors.noSuchRoute()
    const component = await look(provider)
    return answer(component.status, shown(component, seesDetails(request)))
  }
  const part = closed({ component: Type.String({ maxLength: 100 }) })
  const json = { access: anyone, produces: JSON_TYPE } as const

  return [
    get('/actuator/health', { ...json, summary: 'Health of the platform and its parts' }, overall),
    get('/actuator/health/liveness', { ...json, summary: 'The process answers' }, async () => answer('UP', {})),
    get('/actuator/health/readiness', { ...json, summary: 'The process takes requests' }, async () =>
      answer(ready() ? 'UP' : 'OUT_OF_SERVICE', {}),
    ),
    get('/actuator/health/:component', { ...json, summary: 'Health of one part', params: part }, one),
    get('/api/health', { ...json, summary: 'Health of the platform and its parts' }, overall),
    get('/api/health/:component', { ...json, summary: 'Health of one part', params: part }, one),
    get(
      '/actuator/info',
      { ...json, summary: 'What runs here' },
      async () => new Reply(JSON.stringify(info()), { headers: NO_STORE }),
    ),
    get(
      '/actuator/prometheus',
      { access: anyone, summary: 'Metrics for Prometheus', produces: metrics.registry.contentType },
      async () => new Reply(await (await gathered()).metrics(), { headers: NO_STORE }),
    ),
    ...refreshRoutes(options),
    get('/actuator/metrics', { ...json, summary: 'Names of all metrics' }, async () => {
      const names = (await (await gathered()).getMetricsAsJSON()).map((metric) => metric.name).sort()
      return new Reply(JSON.stringify({ names }), { headers: NO_STORE })
    }),
    get(
      '/actuator/metrics/:name',
      { ...json, summary: 'One metric', params: closed({ name: Type.String({ maxLength: 200 }) }) },
      async (request) => {
        // `dlq.messages` is what Spring's tools ask for; here and in Prometheus it is `dlq_messages`
        const wanted = request.params.name.replaceAll('.', '_')
        const metric = (await (await gathered()).getMetricsAsJSON()).find(({ name }) => name === wanted)
        if (!metric) throw errors.noSuchRoute()
        return new Reply(JSON.stringify(metric), { headers: NO_STORE })
      },
    ),
  ]
}

const REFRESH = 'config:refresh'

function refreshRoutes({ refresh, features = () => new Map() }: OperationsOptions): Route[] {
  return [
    post(
      '/actuator/refresh',
      {
        access: programOr(REFRESH),
        summary: 'Read the configuration again, in this process: names of the settings that changed',
        response: Type.Array(Type.String()),
        idempotency: 'none',
        errors: [errors.notRefreshed],
      },
      async () => {
        try {
          return [...((await refresh?.here()) ?? [])]
        } catch (cause) {
          throw errors.notRefreshed({}, { cause })
        }
      },
    ),
    post(
      '/actuator/busrefresh',
      {
        access: programOr(REFRESH),
        summary: 'Read the configuration again, in every process of the installation',
        idempotency: 'none',
      },
      async ({ principal }) => {
        await refresh?.everywhere(principal.id)
      },
    ),
    get(
      '/actuator/features',
      {
        access: can('monitoring:read'),
        summary: 'Features that are switched on, and for how many',
        response: closed({ features: Type.Array(closed({ name: Type.String(), percent: Type.Number() })) }),
      },
      async () => ({ features: [...features()].map(([name, percent]) => ({ name, percent })) }),
    ),
  ]
}
