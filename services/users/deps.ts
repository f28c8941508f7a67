import type { authRpc } from '#contracts/rpc/auth.ts'
import type { recommendationsRpc } from '#contracts/rpc/recommendations.ts'
import type { reviewsRpc } from '#contracts/rpc/reviews.ts'
import type { Db } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { Logger } from '#kit/service/logger.ts'

export interface UsersDeps {
  readonly db: Db
  readonly outbox: Outbox
  readonly log: Logger
  readonly auth: RpcClient<typeof authRpc>
  readonly recommendations: RpcClient<typeof recommendationsRpc>
  readonly reviews: RpcClient<typeof reviewsRpc>
}
