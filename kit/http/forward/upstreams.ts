import type { Pool } from 'undici'
import type { BreakerLimits, BreakerState } from './breaker.ts'
import { Instance, type InstanceState, type Peer, type Peers, Upstream } from './upstream.ts'

export interface UpstreamsOptions {
  readonly peers: Peers
  readonly connect: (url: string) => Pool
  /** asked when it is needed: they change while we run */
  readonly limits: () => { readonly maxInFlight: number; readonly breaker: BreakerLimits }
  readonly onChange: (instance: Instance, state: BreakerState) => void
}

/** Services that run elsewhere with their instances, as `peers` has them now. An instance that stays keeps its breaker and its counts. */
export class Upstreams {
  readonly #options: UpstreamsOptions
  readonly #known = new Map<string, { readonly peers: readonly Peer[]; readonly upstream: Upstream }>()

  constructor(options: UpstreamsOptions) {
    this.#options = options
  }

  get services(): string[] {
    return [...this.#options.peers.keys()]
  }

  get(service: string): Upstream | undefined {
    const peers = this.#options.peers.get(service)
    const known = this.#known.get(service)
    if (!peers || known?.peers === peers) return known?.upstream
    const before = known?.upstream.instances ?? []
    const instances = peers.map(
      (peer) =>
        before.find((one) => one.peer.url === peer.url && one.peer.version === peer.version) ?? this.#instance(service, peer),
    )
    for (const gone of before) if (!instances.includes(gone)) void gone.retire()
    const upstream = new Upstream(service, instances)
    this.#known.set(service, { peers, upstream })
    return upstream
  }

  states(): InstanceState[] {
    return this.services.flatMap((service) => this.get(service)?.instances.map(({ state }) => state) ?? [])
  }

  async close(): Promise<void> {
    const instances = [...this.#known.values()].flatMap(({ upstream }) => upstream.instances)
    await Promise.all(instances.map((instance) => instance.close()))
  }

  #instance(service: string, peer: Peer): Instance {
    const { connect, limits, onChange } = this.#options
    return new Instance({
      service,
      peer,
      connect,
      maxInFlight: () => limits().maxInFlight,
      breaker: () => limits().breaker,
      onChange,
    })
  }
}
