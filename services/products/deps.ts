import type { CustomerGroups } from '#contracts/customer-groups.ts'
import type { reviewsRpc } from '#contracts/rpc/reviews.ts'
import type { searchRpc } from '#contracts/rpc/search.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { Kept } from './cached.ts'
import type { Settings } from './settings.ts'
import type { ViewBatch } from './views.ts'
import type { Db } from '#kit/db/db.ts'
import type { PictureWorkshop } from '#kit/objects/pictures.ts'
import type { ServiceKit } from '#kit/service/service.ts'

/** What every part of this service may use. */
export interface ProductsDeps {
  readonly kit: ServiceKit<Settings>
  readonly db: Db
  readonly kept: Kept
  /** opened product pages on their way into the outbox */
  readonly views: ViewBatch
  readonly pictures: PictureWorkshop
  /** finds products by words, and what is like a product */
  readonly search: RpcClient<typeof searchRpc>
  /** what the reviews of products come to */
  readonly reviews: RpcClient<typeof reviewsRpc>
  /** whose prices are shown */
  readonly groups: CustomerGroups
}
