import type { Logger } from '#kit/service/logger.ts'
import type { BreakerLimits, BreakerState } from './breaker.ts'
import type { Fleet } from './fleet.ts'
import { Instance, type InstanceState, type Line, type Peer, type Peers } from './instance.ts'

export interface FleetsOptions<L extends Line, F extends Fleet<L>> {
  readonly peers: Peers
  readonly connect: (url: string) => L
  readonly fleet: (service: string, instances: readonly Instance<L>[]) => F
  /** requests under way to one instance; asked when it is needed, as the limits of breakers may be: they change while we run */
  readonly maxInFlight: () => number
  readonly breaker: BreakerLimits | (() => BreakerLimits)
  /** what is sent there, for the log */
  readonly what: 'requests' | 'calls'
  readonly log: Logger
}

/** Services that run elsewhere with their instances, as `peers` has them now. An instance that stays keeps its breaker and its counts. */
export class Fleets<L extends Line, F extends Fleet<L>> {
  readonly #options: FleetsOptions<L, F>
  readonly #known = new Map<string, { readonly peers: readonly Peer[]; readonly fleet: F }>()

  constructor(options: FleetsOptions<L, F>) {
    this.#options = options
  }

  get services(): string[] {
    return [...this.#options.peers.keys()]
  }

  get(service: string): F | undefined {
    const peers = this.#options.peers.get(service)
    const known = this.#known.get(service)
    if (!peers || known?.peers === peers) return known?.fleet
    const before = known?.fleet.instances ?? []
    const instances = peers.map(
      (peer) =>
        before.find((one) => one.peer.url === peer.url && one.peer.version === peer.version) ?? this.#instance(service, peer),
    )
    for (const gone of before) if (!instances.includes(gone)) gone.retire()
    const fleet = this.#options.fleet(service, instances)
    this.#known.set(service, { peers, fleet })
    return fleet
  }

  /** As of now: instances that are gone are let go, also of services that nobody asks any more. */
  states(): InstanceState[] {
    return this.services.flatMap((service) => this.get(service)?.instances.map(({ state }) => state) ?? [])
  }

  async close(): Promise<void> {
    const instances = [...this.#known.values()].flatMap(({ fleet }) => fleet.instances)
    await Promise.all(instances.map((instance) => instance.close()))
  }

  #instance(service: string, peer: Peer): Instance<L> {
    const { connect, maxInFlight, breaker } = this.#options
    return new Instance({
      service,
      peer,
      connect,
      maxInFlight,
      breaker,
      onChange: (one, state) => this.#tell(one.peer, service, state),
    })
  }

  #tell({ url, version }: Peer, service: string, state: BreakerState): void {
    const { log, what } = this.#options
    const fields = { service, instance: url, version }
    if (state === 'open') log.warn(fields, `an instance does not answer; it gets no ${what} for now`)
    else log.info(fields, state === 'closed' ? 'the instance answers again' : 'the instance is given a trial')
  }
}
