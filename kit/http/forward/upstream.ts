import { Fleet } from '#kit/balance/fleet.ts'
import type { Instance } from '#kit/balance/instance.ts'
import type { PoolLine } from './pool-line.ts'
import { rankVersions, type Weights } from './versions.ts'

export interface Choice {
  /** who asks; the same caller gets the same version */
  readonly caller: string
  readonly weights: Weights | undefined
  /** the only version that will do */
  readonly wish?: string | undefined
  readonly tried: ReadonlySet<Instance<PoolLine>>
}

/** A service that runs elsewhere: chooses the instance that gets the next request, by its version first. */
export class Upstream extends Fleet<PoolLine> {
  readonly #byVersion: ReadonlyMap<string, readonly Instance<PoolLine>[]>
  /** without weights each instance counts the same */
  readonly #plain: Weights

  constructor(service: string, instances: readonly Instance<PoolLine>[], random?: () => number) {
    super(service, instances, random)
    this.#byVersion = Map.groupBy(instances, ({ peer }) => peer.version)
    this.#plain = Object.fromEntries([...this.#byVersion].map(([version, list]) => [version, list.length]))
  }

  get versions(): readonly string[] {
    return [...this.#byVersion.keys()]
  }

  /** Weights in force: those given, where they name a version that has instances, else the number of instances. */
  effectiveWeights(weights: Weights | undefined): Weights {
    return weights && this.versions.some((version) => (weights[version] ?? 0) > 0) ? weights : this.#plain
  }

  /** An instance not tried yet; one that was tried only if no other takes requests; undefined when none does. */
  choose(choice: Choice): Instance<PoolLine> | undefined {
    const order = this.#order(choice)
    for (const version of order) {
      const found = this.lessBusy(this.#ofVersion(version).filter((one) => one.takesMore && !choice.tried.has(one)))
      if (found) return found
    }
    if (choice.tried.size === 0) return undefined
    return this.lessBusy(order.flatMap((version) => this.#ofVersion(version).filter((one) => one.takesMore)))
  }

  #ofVersion(version: string): readonly Instance<PoolLine>[] {
    return this.#byVersion.get(version) ?? []
  }

  #order({ caller, weights, wish }: Choice): readonly string[] {
    if (wish !== undefined) return [wish]
    if (this.#byVersion.size === 1) return this.versions
    return rankVersions(caller, this.effectiveWeights(weights))
  }
}
