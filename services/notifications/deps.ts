import type { authRpc } from '#contracts/rpc/auth.ts'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import type { reviewsRpc } from '#contracts/rpc/reviews.ts'
import type { usersRpc } from '#contracts/rpc/users.ts'
import type { Db } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { ServiceKit } from '#kit/service/service.ts'
import type { Asked } from './addresses.ts'
import type { Channels } from './channels/channel.ts'
import type { Ending } from './commands/finish-message.ts'
import type { Language } from './language.ts'
import type { Override } from './rendering/render.ts'
import type { Settings } from './settings.ts'
import type { ShopFacts } from './template.ts'

/** What the parts of this service share. */
export interface Deps {
  readonly db: Db
  readonly outbox: Outbox
  readonly log: Logger
  readonly settings: Settings
  readonly environment: ServiceKit['environment']
  readonly shop: ShopFacts
  readonly channels: Channels
  readonly users: RpcClient<typeof usersRpc>
  readonly orders: RpcClient<typeof ordersRpc>
  readonly auth: RpcClient<typeof authRpc>
  readonly reviews: RpcClient<typeof reviewsRpc>
  /** Notes what became of a message; this and the look-ups below share statements with those of other messages at work. */
  readonly finish: (ending: Ending) => Promise<void>
  readonly suppression: (asked: Asked) => Promise<string | undefined>
  readonly override: (asked: { readonly template: string; readonly language: Language }) => Promise<Override | undefined>
  /** mails stay at home, and everybody may read them there: never in production */
  readonly mailboxOpen: boolean
  /** addresses in the list of suppressions are hashed with it, links to unsubscribe signed */
  readonly addressKey: Buffer
  readonly receiptsSecret: Buffer
}
