/** An instance as we register it. */
export interface OwnInstance {
  /** name of the service, as in its URL */
  readonly app: string
  readonly instanceId: string
  readonly host: string
  readonly port: number
  readonly metadata: Readonly<Record<string, string>>
}

export type InstanceStatus = 'UP' | 'STARTING' | 'DOWN'

/** An instance as the registry tells it: only those that are UP are told. */
export interface FoundInstance {
  /** lower case */
  readonly app: string
  readonly instanceId: string
  /** `http://10.0.0.7:8086` */
  readonly url: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface EurekaClientOptions {
  /** `http://[name:password@]host:8761/eureka/`; the first that answers is used */
  readonly urls: readonly string[]
  /** value of Authorization where the URL has no name and password */
  readonly authorization: () => Promise<string | undefined>
  readonly leaseSeconds: number
  readonly renewSeconds: number
  /** for one request; default 2,000 */
  readonly timeoutMs?: number
}

export interface EurekaClient {
  register(instance: OwnInstance, status: InstanceStatus): Promise<void>
  /** False: the registry does not know the instance (any more). */
  renew(instance: OwnInstance): Promise<boolean>
  cancel(instance: OwnInstance): Promise<void>
  /**
   * undefined: nothing has changed since the last answer. With `wait` a registry of ours answers when something does, or after some seconds;
   * others answer at once.
   */
  instances(how?: { readonly wait?: boolean; readonly signal?: AbortSignal }): Promise<readonly FoundInstance[] | undefined>
}

interface Server {
  readonly base: string
  readonly basic: string | undefined
  /** until then it is not asked to wait: it cannot, or could not the last time */
  plainUntil: number
}

interface Asked {
  readonly body?: string
  readonly etag?: string | undefined
  readonly waitMs?: number
  readonly signal?: AbortSignal | undefined
}

/** A registry of ours waits this long for a change. */
const WAIT_MS = 8_000
/** A registry that cannot wait may be replaced by one that can. */
const PLAIN_MS = 60_000

/** Talks to a registry by the Eureka REST protocol, ours or the real one. */
export function createEurekaClient(options: EurekaClientOptions): EurekaClient {
  const servers = options.urls.map(serverOf)
  let current = 0
  let seen: { server: Server; etag: string } | undefined

  async function ask(server: Server, method: string, path: string, init: Asked = {}) {
    const authorization = server.basic ?? (await options.authorization())
    return await fetch(`${server.base}${path}`, {
      method,
      redirect: 'error',
      headers: {
        accept: 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(init.etag === undefined ? {} : { 'if-none-match': init.etag }),
      },
      ...(init.body === undefined ? {} : { body: init.body }),
      signal: AbortSignal.any([AbortSignal.timeout((options.timeoutMs ?? 2_000) + (init.waitMs ?? 0)), init.signal ?? []].flat()),
    })
  }

  async function list(server: Server, wait: boolean, init: Asked): Promise<Response> {
    if (wait && performance.now() >= server.plainUntil) {
      // whatever goes wrong: for a while it is asked as any registry is
      server.plainUntil = performance.now() + PLAIN_MS
      const answer = await ask(server, 'GET', 'changes', { ...init, waitMs: WAIT_MS })
      if (answer.status === 200 || answer.status === 304) {
        server.plainUntil = 0
        return answer
      }
      await answer.body?.cancel()
    }
    return await ask(server, 'GET', 'apps/', init)
  }

  /** Goes on to the next registry when one does not answer, or answers 5xx; stays with the one that did. */
  async function request<T>(use: (server: Server) => Promise<{ status: number; read: () => Promise<T> }>): Promise<T> {
    let last: unknown
    for (let turn = 0; turn < servers.length; turn += 1) {
      const index = (current + turn) % servers.length
      const server = servers[index] as Server
      try {
        const answer = await use(server)
        if (answer.status >= 500) throw new Error(`the registry ${server.base} answers ${answer.status}`)
        current = index
        return await answer.read()
      } catch (error) {
        last = error
      }
    }
    throw last
  }

  const command = async (method: string, path: string, body?: string): Promise<number> =>
    await request(async (server) => {
      const answer = await ask(server, method, path, body === undefined ? {} : { body })
      await answer.body?.cancel()
      return { status: answer.status, read: async () => answer.status }
    })
  const pathOf = ({ app, instanceId }: OwnInstance) => `apps/${app.toUpperCase()}/${encodeURIComponent(instanceId)}`

  return {
    async register(instance, status) {
      const body = JSON.stringify({ instance: registration(instance, status, options) })
      const answered = await command('POST', `apps/${instance.app.toUpperCase()}`, body)
      if (answered >= 300) throw new Error(`the registry refuses ${instance.instanceId}: ${answered}`)
    },
    async renew(instance) {
      const status = await command('PUT', pathOf(instance))
      if (status !== 404 && status >= 300) throw new Error(`the registry refuses to renew ${instance.instanceId}: ${status}`)
      return status !== 404
    },
    async cancel(instance) {
      await command('DELETE', pathOf(instance))
    },
    async instances({ wait = false, signal } = {}) {
      return await request(async (server) => {
        const etag = seen?.server === server ? seen.etag : undefined
        const answer = await list(server, wait, { etag, signal })
        return {
          status: answer.status,
          read: async () => {
            if (answer.status === 304) return undefined
            if (answer.status !== 200) {
              await answer.body?.cancel()
              throw new Error(`the registry answers ${answer.status}`)
            }
            const found = readApplications(await answer.json())
            const tag = answer.headers.get('etag')
            seen = tag === null ? undefined : { server, etag: tag }
            return found
          },
        }
      })
    },
  }
}

function serverOf(text: string): Server {
  const url = new URL(text.endsWith('/') ? text : `${text}/`)
  const named = url.username !== ''
  const account = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return { plainUntil: 0, base: url.href, basic: named ? `Basic ${Buffer.from(account).toString('base64')}` : undefined }
}

function registration(
  { app, instanceId, host, port, metadata }: OwnInstance,
  status: InstanceStatus,
  { leaseSeconds, renewSeconds }: EurekaClientOptions,
): unknown {
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const now = Date.now()
  return {
    instanceId,
    app: app.toUpperCase(),
    hostName: host,
    ipAddr: host,
    homePageUrl: `${base}/`,
    statusPageUrl: `${base}/actuator/info`,
    healthCheckUrl: `${base}/actuator/health`,
    vipAddress: app,
    secureVipAddress: app,
    countryId: 1,
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
    status,
    overriddenStatus: 'UNKNOWN',
    leaseInfo: { renewalIntervalInSecs: renewSeconds, durationInSecs: leaseSeconds },
    isCoordinatingDiscoveryServer: false,
    lastUpdatedTimestamp: now,
    lastDirtyTimestamp: now,
    port: { $: port, '@enabled': 'true' },
    securePort: { $: 443, '@enabled': 'false' },
    metadata,
  }
}

interface Document {
  readonly instanceId?: string
  readonly app?: string
  readonly hostName?: string
  readonly status?: string
  readonly port?: { readonly $?: number | string; readonly '@enabled'?: string | boolean }
  readonly securePort?: { readonly $?: number | string; readonly '@enabled'?: string | boolean }
  readonly metadata?: Record<string, unknown>
}

/** Those who are UP and can be reached; what does not look like an instance is passed over. */
export function readApplications(document: unknown): FoundInstance[] {
  const list = (document as { applications?: { application?: unknown } }).applications?.application
  if (list === undefined) throw new Error('the registry does not answer in the Eureka protocol')
  return [list]
    .flat()
    .flatMap((one) => [(one as { instance?: Document | Document[] }).instance ?? []].flat())
    .flatMap((instance) => {
      const url = urlOf(instance)
      if (instance.status !== 'UP' || url === undefined || typeof instance.app !== 'string') return []
      const metadata = Object.fromEntries(Object.entries(instance.metadata ?? {}).map(([key, value]) => [key, String(value)]))
      return [{ app: instance.app.toLowerCase(), instanceId: instance.instanceId ?? url, url, metadata }]
    })
}

function urlOf({ hostName, port, securePort }: Document): string | undefined {
  const isOn = (one: Document['port']) => String(one?.['@enabled']) === 'true'
  const [scheme, chosen] = isOn(securePort) && !isOn(port) ? (['https', securePort] as const) : (['http', port] as const)
  const text = `${scheme}://${hostName?.includes(':') ? `[${hostName}]` : hostName}:${chosen?.$}`
  return typeof hostName === 'string' && URL.canParse(text) ? new URL(text).origin : undefined
}
