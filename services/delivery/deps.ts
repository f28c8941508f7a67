import type { ordersRpc } from '#contracts/rpc/orders.ts'
import type { Db } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { ObjectStore } from '#kit/objects/objects.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Carriers } from './carriers/carrier.ts'
import type { PlanShipment } from './commands/plan-shipment.ts'
import type { ShippingOptions } from './queries/shipping-options.ts'
import type { Settings } from './settings.ts'

/** What the parts of this service share. */
export interface Deps {
  readonly db: Db
  readonly outbox: Outbox
  readonly log: Logger
  readonly objects: ObjectStore
  readonly settings: Settings
  readonly orders: RpcClient<typeof ordersRpc>
  readonly carriers: Carriers
  readonly options: ShippingOptions
  readonly plan: PlanShipment
  readonly publicUrl: string
  /** shared secrets of the simulated carriers' messages, current one first */
  readonly simulatedSecrets: readonly Buffer[]
  /** key of the signed links to labels */
  readonly labelSecret: Buffer
}
