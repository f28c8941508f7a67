import Type from 'typebox'
import { Nullable, Sku, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'

export const LineQuantity = Type.Integer({ minimum: 1, maximum: 9999, description: 'units of the SKU' })
export const AddItem = closed({
  sku: Sku,
  quantity: Type.Integer({ minimum: 1, maximum: 9999, default: 1, description: 'units to add' }),
})
export const SetQuantity = closed({ quantity: LineQuantity })
export const SkuParams = closed({ sku: Sku })
export const UserParams = closed({ userId: Uuid })
export const CouponBody = closed({ code: Type.String({ minLength: 1, maxLength: 64 }) })
export const CouponParams = closed({ code: Type.String({ minLength: 1, maxLength: 64 }) })

const version = Type.Integer({ minimum: 1, description: 'version of the cart, for If-Match' })
export const LineChangedView = closed({
  cartId: Uuid,
  version,
  sku: Sku,
  /** units of the SKU now in the cart */
  quantity: Type.Integer({ minimum: 1 }),
  /** secret of a guest's new cart, shown once: send it as X-Guest-Token from now on */
  token: Nullable(Type.String()),
})
export const CartChangedView = closed({ cartId: Uuid, version })
export const CartsMergedView = closed({ cartId: Uuid, version, channel: Type.String(), leftOut: Type.Array(Sku) })
