import { type CustomerGroups, customerGroups } from '#contracts/customer-groups.ts'
import { productsRpc } from '#contracts/rpc/products.ts'
import type { Db } from '#kit/db/db.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { ServiceKit } from '#kit/service/service.ts'
import { runningExperiments, type RunningExperiments } from './running-experiments.ts'
import { createShownLog, type ShownLog } from './shown-log.ts'
import type { Settings } from './settings.ts'

/** What the parts of this service share. */
export interface Deps {
  readonly kit: ServiceKit<Settings>
  readonly db: Db
  readonly settings: Settings
  readonly products: RpcClient<typeof productsRpc>
  /** whose prices are shown */
  readonly groups: CustomerGroups
  readonly experiments: RunningExperiments
  /** lists that were shown, on their way into the statistics */
  readonly shown: ShownLog
}

export function createDeps(kit: ServiceKit<Settings>): Deps {
  return {
    kit,
    db: kit.db,
    settings: kit.settings,
    products: kit.rpc(productsRpc),
    groups: customerGroups(kit),
    experiments: runningExperiments(kit.db),
    shown: createShownLog(kit),
  }
}
