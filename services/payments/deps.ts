import type { Logger } from '#kit/service/logger.ts'
import type { Db } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { GatewayRegistry } from './gateways/registry.ts'
import type { PaymentStore } from './store.ts'
import type { Settings } from './settings.ts'

/** What the parts of this service share. */
export interface Deps {
  readonly db: Db
  readonly outbox: Outbox
  readonly log: Logger
  readonly store: PaymentStore
  readonly gateways: GatewayRegistry
  readonly settings: Settings
  readonly environment: 'development' | 'test' | 'production'
  /** shared secrets of the simulated gateway's messages, current one first */
  readonly simulatedSecrets: readonly Buffer[]
}
