import { type CustomerGroups, customerGroups } from '#contracts/customer-groups.ts'
import { productsRpc } from '#contracts/rpc/products.ts'
import { reviewsRpc } from '#contracts/rpc/reviews.ts'
import type { Db } from '#kit/db/db.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { ServiceKit } from '#kit/service/service.ts'
import type { SearchEngine } from './engines/engine.ts'
import { createOpenSearchEngine } from './engines/opensearch.ts'
import { type OpenSearchClient, openSearchClient } from './engines/opensearch-client.ts'
import { createPostgresEngine } from './engines/postgres.ts'
import { type FallbackState, withFallback } from './engines/with-fallback.ts'
import { createSearchLog, type SearchLog } from './log.ts'
import type { Settings } from './settings.ts'

/** What every part of this service may use. */
export interface SearchDeps {
  readonly kit: ServiceKit<Settings>
  readonly db: Db
  readonly products: RpcClient<typeof productsRpc>
  readonly reviews: RpcClient<typeof reviewsRpc>
  /** whose prices are shown */
  readonly groups: CustomerGroups
  readonly engine: SearchEngine
  /** OpenSearch, where it is used: it has to be told what changes */
  readonly copy: OpenSearchClient | undefined
  readonly fallback: (() => FallbackState) | undefined
  /** searches on their way into the log */
  readonly log: SearchLog
}

export function searchDeps(kit: ServiceKit<Settings>): SearchDeps {
  const shared = {
    kit,
    db: kit.db,
    products: kit.rpc(productsRpc),
    reviews: kit.rpc(reviewsRpc),
    groups: customerGroups(kit),
    log: createSearchLog(kit),
  }
  const postgres = createPostgresEngine(kit.db)
  const { url } = kit.settings
  if (url === undefined || url === 'postgres:') return { ...shared, engine: postgres, copy: undefined, fallback: undefined }
  const copy = openSearchClient(url)
  const engine = withFallback(createOpenSearchEngine(kit.db, copy), postgres, kit.log)
  return { ...shared, engine, copy, fallback: engine.state }
}
