import type { Settings } from './settings.ts'
import { createForwarder, type Forwarder } from '#kit/http/forward/forwarder.ts'
import { createVouching, VOUCH_SECRET } from '#kit/http/forward/vouch.ts'
import type { ServiceKit } from '#kit/service/service.ts'

export interface GatewayDeps {
  readonly kit: ServiceKit<Settings>
  /** undefined where all services run in this process */
  readonly forwarder: Forwarder | undefined
}

const CONNECT_MS = 1_000
const SILENCE_MS = 10_000

export function createGateway(kit: ServiceKit<Settings>): GatewayDeps {
  const { settings, peers, log } = kit
  if (peers.size === 0) return { kit, forwarder: undefined }
  const forwarder = createForwarder({
    peers,
    log,
    vouch: createVouching(kit.secret(VOUCH_SECRET)),
    limits: {
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
    },
    rules: { weights: () => undefined, wish: () => undefined },
  })
  return { kit, forwarder }
}
