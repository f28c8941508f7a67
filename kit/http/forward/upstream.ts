import type { Pool } from 'undici'
import { Breaker, type BreakerLimits, type BreakerState } from './breaker.ts'
import { rankVersions, type Weights } from './versions.ts'

/** Where a service answers that does not run in this process. */
export interface Peer {
  /** `http://10.0.0.7:8086` */
  readonly url: string
  /** label of its release, for canary and blue/green; `main` where nobody says otherwise */
  readonly version: string
}

/** Services that run elsewhere, each with its instances. A list may be replaced by another while we run, but never changes. */
export type Peers = ReadonlyMap<string, readonly Peer[]>

export interface InstanceState {
  readonly service: string
  readonly url: string
  readonly version: string
  readonly breaker: BreakerState
  readonly inFlight: number
  readonly requests: number
  readonly failures: number
}

export interface InstanceOptions {
  readonly service: string
  readonly peer: Peer
  readonly connect: (url: string) => Pool
  readonly maxInFlight: () => number
  readonly breaker: () => BreakerLimits
  readonly onChange: (instance: Instance, state: BreakerState) => void
}

/** One process behind us: its connections, what is in flight to it, and whether it may be asked. */
export class Instance {
  readonly service: string
  readonly peer: Peer
  readonly breaker: Breaker
  inFlight = 0
  requests = 0
  failures = 0
  readonly #options: InstanceOptions
  #pool: Pool | undefined
  #knock: NodeJS.Timeout | undefined
  #retired = false

  constructor(options: InstanceOptions) {
    this.#options = options
    this.service = options.service
    this.peer = options.peer
    this.breaker = new Breaker(options.breaker, (state) => {
      options.onChange(this, state)
      if (state === 'open' && !this.#retired) this.#knockLater()
    })
  }

  get pool(): Pool {
    this.#pool ??= this.#options.connect(this.peer.url)
    return this.#pool
  }

  get takesMore(): boolean {
    return this.breaker.admits && this.inFlight < this.#options.maxInFlight()
  }

  get state(): InstanceState {
    const { service, peer, inFlight, requests, failures } = this
    return { service, url: peer.url, version: peer.version, breaker: this.breaker.state, inFlight, requests, failures }
  }

  /** It gets no more requests; those under way are finished. */
  async retire(): Promise<void> {
    clearTimeout(this.#knock)
    this.#knock = undefined
    this.#retired = true
    await this.#pool?.close().catch(() => undefined)
  }

  async close(): Promise<void> {
    clearTimeout(this.#knock)
    await this.#pool?.destroy()
  }

  /** Asks whether it is ready again, so that no caller has to find out. A caller's request is the trial only after that. */
  #knockLater(): void {
    clearTimeout(this.#knock)
    this.#knock = setTimeout(() => {
      this.#ready().then((answered) => this.breaker.knocked(answered))
    }, this.breaker.waitMs).unref()
  }

  async #ready(): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(2_000)
      const { statusCode, body } = await this.pool.request({ method: 'GET', path: '/actuator/health/readiness', signal })
      await body.dump()
      return statusCode === 200
    } catch {
      return false
    }
  }
}

export interface Choice {
  /** who asks; the same caller gets the same version */
  readonly caller: string
  readonly weights: Weights | undefined
  /** the only version that will do */
  readonly wish?: string | undefined
  readonly tried: ReadonlySet<Instance>
}

/** A service that runs elsewhere: chooses the instance that gets the next request. */
export class Upstream {
  readonly service: string
  readonly instances: readonly Instance[]
  readonly #byVersion: ReadonlyMap<string, readonly Instance[]>
  /** without weights each instance counts the same */
  readonly #plain: Weights
  readonly #random: () => number

  constructor(service: string, instances: readonly Instance[], random: () => number = Math.random) {
    this.service = service
    this.instances = instances
    this.#byVersion = Map.groupBy(instances, ({ peer }) => peer.version)
    this.#plain = Object.fromEntries([...this.#byVersion].map(([version, list]) => [version, list.length]))
    this.#random = random
  }

  get versions(): readonly string[] {
    return [...this.#byVersion.keys()]
  }

  /** Weights in force: those given, where they name a version that has instances, else the number of instances. */
  effectiveWeights(weights: Weights | undefined): Weights {
    return weights && this.versions.some((version) => (weights[version] ?? 0) > 0) ? weights : this.#plain
  }

  /** An instance not tried yet; one that was tried only if no other takes requests; undefined when none does. */
  choose(choice: Choice): Instance | undefined {
    const order = this.#order(choice)
    for (const version of order) {
      const found = this.#lessBusy(this.#ofVersion(version).filter((one) => one.takesMore && !choice.tried.has(one)))
      if (found) return found
    }
    if (choice.tried.size === 0) return undefined
    return this.#lessBusy(order.flatMap((version) => this.#ofVersion(version).filter((one) => one.takesMore)))
  }

  #ofVersion(version: string): readonly Instance[] {
    return this.#byVersion.get(version) ?? []
  }

  #order({ caller, weights, wish }: Choice): readonly string[] {
    if (wish !== undefined) return [wish]
    if (this.#byVersion.size === 1) return this.versions
    return rankVersions(caller, this.effectiveWeights(weights))
  }

  /** Of two taken at random the one with less in flight: nearly as good as asking all, and no herd runs to the idle one. */
  #lessBusy(list: readonly Instance[]): Instance | undefined {
    if (list.length < 2) return list[0]
    const first = Math.floor(this.#random() * list.length)
    const second = (first + 1 + Math.floor(this.#random() * (list.length - 1))) % list.length
    const [a, b] = [list[first]!, list[second]!]
    return a.inFlight <= b.inFlight ? a : b
  }

  /** Seconds until the first breaker lets somebody knock. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(Math.min(...this.instances.map(({ breaker }) => breaker.waitMs)) / 1000))
  }
}
