import { productsRpc } from '#contracts/rpc/products.ts'
import type { Db } from '#kit/db/db.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { ServiceKit } from '#kit/service/service.ts'
import type { SearchEngine } from './engines/engine.ts'
import { createPostgresEngine } from './engines/postgres.ts'
import { createSearchLog, type SearchLog } from './log.ts'
import type { Settings } from './settings.ts'

/** What every part of this service may use. */
export interface SearchDeps {
  readonly kit: ServiceKit<Settings>
  readonly db: Db
  readonly products: RpcClient<typeof productsRpc>
  readonly engine: SearchEngine
  /** searches on their way into the log */
  readonly log: SearchLog
}

export function searchDeps(kit: ServiceKit<Settings>): SearchDeps {
  return { kit, db: kit.db, products: kit.rpc(productsRpc), engine: createPostgresEngine(kit.db), log: createSearchLog(kit) }
}
