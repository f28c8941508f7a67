import { errors } from './errors.ts'
import type { Weights } from '#kit/http/forward/versions.ts'

export interface VersionWeight {
  readonly version: string
  readonly weight: number
}

export const MAX_WEIGHT = 1_000

/**
 * The wanted weights, if they can hold: every version has instances, none stands twice, and somebody is left to answer. Without `versions` any may be
 * named: its instances may come later.
 */
export function checkWeights(wanted: readonly VersionWeight[], versions: readonly string[] | undefined): Weights {
  const weights: Record<string, number> = {}
  for (const [index, { version, weight }] of wanted.entries()) {
    const pointer = `/weights/${index}/version`
    if (versions && !versions.includes(version))
      throw errors.noSuchVersion({ versions }, { fields: [{ pointer, message: `must be one of ${versions.join(', ')}` }] })
    if (Object.hasOwn(weights, version)) throw errors.weightedTwice({}, { fields: [{ pointer, message: 'is there twice' }] })
    weights[version] = weight
  }
  if (!Object.values(weights).some((weight) => weight > 0)) throw errors.nobodyLeft()
  return weights
}

/** `orders@v2=10` of the setting, by service. Throws a sentence for whoever starts the shop. `open`: versions may come later. */
export function readWeights(
  texts: readonly string[],
  versionsOf: (service: string) => readonly string[] | undefined,
  { open = false } = {},
): ReadonlyMap<string, Weights> {
  const wanted = Map.groupBy(
    texts.map((text) => {
      const [, service, version, weight] = /^([^@=]+)@([^@=]+)=(\d+)$/.exec(text) ?? []
      return { service: service!, version: version!, weight: Number(weight) }
    }),
    ({ service }) => service,
  )
  return new Map(
    [...wanted].map(([service, list]) => {
      const versions = versionsOf(service)
      if (!versions) throw new Error(`GATEWAY_WEIGHTS names ${service}, which does not run in another process (SOUK_PEERS).`)
      try {
        return [service, checkWeights(list, open ? undefined : versions)]
      } catch (error) {
        throw new Error(`GATEWAY_WEIGHTS for ${service}: ${(error as Error).message} There are: ${versions.join(', ')}.`, {
          cause: error,
        })
      }
    }),
  )
}
