import { errors } from './errors.ts'
import { Faults } from './faults.ts'
import type { Settings } from './settings.ts'
import { Traffic } from './traffic.ts'
import { readWeights } from './weights.ts'
import { createForwarder, type Forwarder } from '#kit/http/forward/forwarder.ts'
import { createVouching, VOUCH_SECRET } from '#kit/http/forward/vouch.ts'
import type { Weights } from '#kit/http/forward/versions.ts'
import { may } from '#kit/core/principal.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { ServiceKit } from '#kit/service/service.ts'

export interface GatewayDeps {
  readonly kit: ServiceKit<Settings>
  /** undefined where all services run in this process */
  readonly forwarder: Forwarder | undefined
  /** share of each version where staff have not decided */
  readonly settingsWeights: () => ReadonlyMap<string, Weights>
  /** undefined where requests cannot be made to fail on purpose */
  readonly faults: Faults | undefined
}

/** Shift traffic between versions, and choose one's own. */
export const OPERATE = 'gateway:operate'
/** The version that staff want to be served by. */
const WISH = 'x-souk-version'
const CONNECT_MS = 1_000
const SILENCE_MS = 10_000

export function createGateway(kit: ServiceKit<Settings>): GatewayDeps {
  const { settings, peers, log } = kit
  const { faultsKey } = settings
  const faults = faultsKey !== undefined && kit.environment !== 'production' ? new Faults(Buffer.from(faultsKey)) : undefined
  if (peers.size === 0) return { kit, forwarder: undefined, settingsWeights: () => new Map(), faults }
  const versionsOf = (service: string) => peers.get(service)?.map(({ version }) => version)
  const settingsWeights = keptWeights(
    () => settings.weights,
    (texts) => readWeights(texts, versionsOf, { open: kit.discovers }),
    log,
  )
  const traffic = new Traffic(kit.db, settingsWeights, log)
  const forwarder = createForwarder({
    peers,
    log,
    vouch: createVouching(kit.secret(VOUCH_SECRET)),
    limits: () => ({
      timeoutMs: settings.timeoutMs,
      connectMs: CONNECT_MS,
      silenceMs: SILENCE_MS,
      retryShare: settings.retryPercent / 100,
      maxInFlight: settings.maxInFlight,
      breaker: {
        failures: settings.breakerFailures,
        openMs: settings.breakerOpenMs,
        maxOpenMs: 30 * settings.breakerOpenMs,
      },
    }),
    rules: {
      open: () => traffic.open(),
      close: () => traffic.close(),
      weights: (service) => traffic.weights(service),
      wish: (service, { headers, principal }) => {
        const wish = headers[WISH]
        if (typeof wish !== 'string' || principal.kind !== 'user' || !may(principal, OPERATE)) return undefined
        if (!versionsOf(service)?.includes(wish)) throw errors.noSuchVersion({ versions: versionsOf(service) })
        return wish
      },
    },
  })
  return { kit, forwarder, settingsWeights, faults }
}

/** The weights of the settings, read again when they change. Ones that cannot hold leave those before in force. */
function keptWeights(
  texts: () => readonly string[],
  read: (texts: readonly string[]) => ReadonlyMap<string, Weights>,
  log: Logger,
): () => ReadonlyMap<string, Weights> {
  let known = { texts: texts(), weights: read(texts()) }
  return () => {
    const now = texts()
    if (known.texts === now) return known.weights
    try {
      known = { texts: now, weights: read(now) }
    } catch (error) {
      log.warn({ err: error }, 'the weights of the settings cannot hold; those before stay')
      known = { texts: now, weights: known.weights }
    }
    return known.weights
  }
}
