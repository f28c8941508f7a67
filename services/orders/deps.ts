import type { cartRpc } from '#contracts/rpc/cart.ts'
import type { deliveryRpc } from '#contracts/rpc/delivery.ts'
import type { inventoryRpc } from '#contracts/rpc/inventory.ts'
import type { paymentsRpc } from '#contracts/rpc/payments.ts'
import type { productsRpc } from '#contracts/rpc/products.ts'
import type { usersRpc } from '#contracts/rpc/users.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { ServiceKit } from '#kit/service/service.ts'
import type { AutomaticPromotions } from './offers.ts'
import type { OrderCopies } from './order-copies.ts'
import type { OrderAttributes } from './order-attributes.ts'
import type { StoredPlacement, PlaceOutcome } from './place-store.ts'
import type { RecentOrders } from './recent.ts'
import type { Settings } from './settings.ts'

/** What the functions of this service work with. */
export interface OrdersDeps {
  readonly kit: ServiceKit<Settings>
  readonly products: RpcClient<typeof productsRpc>
  readonly inventory: RpcClient<typeof inventoryRpc>
  readonly cart: RpcClient<typeof cartRpc>
  readonly users: RpcClient<typeof usersRpc>
  readonly delivery: RpcClient<typeof deliveryRpc>
  readonly payments: RpcClient<typeof paymentsRpc>
  readonly recent: RecentOrders
  /** orders that were shown lately, of all processes */
  readonly copies: OrderCopies
  readonly automatic: AutomaticPromotions
  readonly attributes: OrderAttributes
  /** Stores placements; concurrent ones share a statement. `late`: its checkout runs next, and nobody is told before that has committed. */
  readonly store: (placement: StoredPlacement, options?: { readonly late: boolean }) => Promise<PlaceOutcome>
  readonly confirm: (confirmation: { id: string; at: string; events: unknown }) => Promise<'confirmed' | 'not-open'>
}
