import type { ComponentType } from 'react'
import { Categories } from './pages/categories.tsx'
import { Customers } from './pages/customers.tsx'
import { Dashboard } from './pages/dashboard.tsx'
import { DeadLetters } from './pages/dead-letters.tsx'
import { EventFlow } from './pages/event-flow.tsx'
import { Flows } from './pages/flows.tsx'
import { Import } from './pages/import.tsx'
import { Inventory } from './pages/inventory.tsx'
import { OrderPage } from './pages/order.tsx'
import { Orders } from './pages/orders.tsx'
import { PriceListPage } from './pages/price-list.tsx'
import { PriceLists } from './pages/price-lists.tsx'
import { ProductPage } from './pages/product.tsx'
import { Products } from './pages/products.tsx'
import { PromotionPage } from './pages/promotion.tsx'
import { Promotions } from './pages/promotions.tsx'
import { Recommendations } from './pages/recommendations.tsx'
import { Returns } from './pages/returns.tsx'
import { Reviews } from './pages/reviews.tsx'

export interface Screen {
  readonly path: string
  readonly title: string
  /** who does not have it sees neither the entry nor the screen */
  readonly permission: string | undefined
  readonly group: 'Shop' | 'Operations' | undefined
  readonly view: ComponentType
}

/** Every screen, in the order of the menu. Those without a group are reached from others. */
export const SCREENS: readonly Screen[] = [
  { path: '/', title: 'Today', permission: undefined, group: 'Shop', view: Dashboard },
  { path: '/orders', title: 'Orders', permission: 'orders:read-any', group: 'Shop', view: Orders },
  { path: '/orders/:id', title: 'Order', permission: 'orders:read-any', group: undefined, view: OrderPage },
  { path: '/returns', title: 'Returns', permission: 'returns:decide', group: 'Shop', view: Returns },
  { path: '/reviews', title: 'Reviews', permission: 'reviews:moderate', group: 'Shop', view: Reviews },
  { path: '/products', title: 'Products', permission: 'products:write', group: 'Shop', view: Products },
  { path: '/products/import', title: 'Import products', permission: 'products:write', group: undefined, view: Import },
  { path: '/products/:id', title: 'Product', permission: 'products:write', group: undefined, view: ProductPage },
  { path: '/categories', title: 'Categories', permission: 'products:write', group: 'Shop', view: Categories },
  { path: '/price-lists', title: 'Price lists', permission: 'products:write', group: 'Shop', view: PriceLists },
  { path: '/price-lists/:id', title: 'Price list', permission: 'products:write', group: undefined, view: PriceListPage },
  { path: '/promotions', title: 'Promotions', permission: 'promotions:write', group: 'Shop', view: Promotions },
  { path: '/promotions/:id', title: 'Promotion', permission: 'promotions:write', group: undefined, view: PromotionPage },
  { path: '/inventory', title: 'Stock', permission: 'inventory:read', group: 'Shop', view: Inventory },
  { path: '/inventory/:sku', title: 'Stock', permission: 'inventory:read', group: undefined, view: Inventory },
  {
    path: '/recommendations',
    title: 'Recommendations',
    permission: 'recommendations:write',
    group: 'Shop',
    view: Recommendations,
  },
  { path: '/customers', title: 'Customers', permission: 'users:read-any', group: 'Shop', view: Customers },
  { path: '/events', title: 'Event flow', permission: 'events:operate', group: 'Operations', view: EventFlow },
  { path: '/dead-letters', title: 'Dead letters', permission: 'events:operate', group: 'Operations', view: DeadLetters },
  { path: '/flows', title: 'Flows', permission: 'events:operate', group: 'Operations', view: Flows },
]
