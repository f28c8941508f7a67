import { productsRpc } from '#contracts/rpc/products.ts'
import { usersRpc } from '#contracts/rpc/users.ts'
import type { Db } from '#kit/db/db.ts'
import { createPictureWorkshop, type PictureWorkshop } from '#kit/objects/pictures.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { ServiceKit } from '#kit/service/service.ts'
import { errors } from './errors.ts'
import type { Settings } from './settings.ts'

/** What the parts of this service share. */
export interface Deps {
  readonly kit: ServiceKit<Settings>
  readonly db: Db
  readonly settings: Settings
  readonly products: RpcClient<typeof productsRpc>
  readonly users: RpcClient<typeof usersRpc>
  readonly pictures: PictureWorkshop
  /** signs addresses of pictures that are not public */
  readonly pictureKey: Buffer
}

export const reviewsDeps = (kit: ServiceKit<Settings>): Deps => ({
  kit,
  db: kit.db,
  settings: kit.settings,
  products: kit.rpc(productsRpc),
  users: kit.rpc(usersRpc),
  pictures: createPictureWorkshop(errors),
  pictureKey: kit.secret('reviews/pictures'),
})
