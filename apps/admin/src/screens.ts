import type { ComponentType } from 'react'
import { ApiKeys } from './pages/api-keys.tsx'
import { Categories } from './pages/categories.tsx'
import { Configuration } from './pages/configuration.tsx'
import { Content } from './pages/content.tsx'
import { ContentEntry } from './pages/content-entry.tsx'
import { CustomerPage } from './pages/customer.tsx'
import { Customers } from './pages/customers.tsx'
import { Dashboard } from './pages/dashboard.tsx'
import { DeadLetters } from './pages/dead-letters.tsx'
import { DraftPage } from './pages/draft.tsx'
import { Drafts } from './pages/drafts.tsx'
import { EventFlow } from './pages/event-flow.tsx'
import { Flows } from './pages/flows.tsx'
import { Health } from './pages/health.tsx'
import { Import } from './pages/import.tsx'
import { Inventory } from './pages/inventory.tsx'
import { Jobs } from './pages/jobs.tsx'
import { Mails } from './pages/mails.tsx'
import { OrderPage } from './pages/order.tsx'
import { Orders } from './pages/orders.tsx'
import { OwnReviews } from './pages/own-reviews.tsx'
import { PriceListPage } from './pages/price-list.tsx'
import { PriceLists } from './pages/price-lists.tsx'
import { ProductPage } from './pages/product.tsx'
import { Products } from './pages/products.tsx'
import { PromotionPage } from './pages/promotion.tsx'
import { Promotions } from './pages/promotions.tsx'
import { Recommendations } from './pages/recommendations.tsx'
import { Returns } from './pages/returns.tsx'
import { Reviews } from './pages/reviews.tsx'
import { Search } from './pages/search.tsx'
import { ServiceMap } from './pages/service-map.tsx'
import { Shipping } from './pages/shipping.tsx'
import { Staff } from './pages/staff.tsx'
import { Taxes } from './pages/taxes.tsx'
import { Traces } from './pages/traces.tsx'
import { WebhookPage, Webhooks } from './pages/webhooks.tsx'

export const GROUPS = ['Shop', 'Settings', 'Operations'] as const

export interface Screen {
  readonly path: string
  readonly title: string
  /** who does not have it, or none of several, sees neither the entry nor the screen */
  readonly permission: string | readonly string[] | undefined
  readonly group: (typeof GROUPS)[number] | undefined
  readonly view: ComponentType
  /** `g` and this letter lead there */
  readonly keys?: string
}

/** Every screen, in the order of the menu. Those without a group are reached from others. */
export const SCREENS: readonly Screen[] = [
  { path: '/', title: 'Today', permission: undefined, group: 'Shop', view: Dashboard, keys: 't' },
  { path: '/orders', title: 'Orders', permission: 'orders:read-any', group: 'Shop', view: Orders, keys: 'o' },
  { path: '/orders/:id', title: 'Order', permission: 'orders:read-any', group: undefined, view: OrderPage },
  { path: '/drafts', title: 'Draft orders', permission: 'orders:draft', group: 'Shop', view: Drafts, keys: 'd' },
  { path: '/drafts/:id', title: 'Draft order', permission: 'orders:draft', group: undefined, view: DraftPage },
  {
    path: '/returns',
    title: 'Returns',
    permission: ['returns:decide', 'returns:receive'],
    group: 'Shop',
    view: Returns,
    keys: 'r',
  },
  { path: '/reviews', title: 'Reviews', permission: 'reviews:moderate', group: 'Shop', view: Reviews, keys: 'v' },
  { path: '/own-reviews', title: 'Reviews of my stall', permission: 'reviews:reply-own', group: 'Shop', view: OwnReviews },
  { path: '/products', title: 'Products', permission: 'products:write', group: 'Shop', view: Products, keys: 'p' },
  { path: '/products/import', title: 'Import products', permission: 'products:write', group: undefined, view: Import },
  { path: '/products/:id', title: 'Product', permission: 'products:write', group: undefined, view: ProductPage },
  { path: '/categories', title: 'Categories', permission: 'products:write', group: 'Shop', view: Categories },
  { path: '/price-lists', title: 'Price lists', permission: 'products:write', group: 'Shop', view: PriceLists },
  { path: '/price-lists/:id', title: 'Price list', permission: 'products:write', group: undefined, view: PriceListPage },
  { path: '/promotions', title: 'Promotions', permission: 'promotions:write', group: 'Shop', view: Promotions },
  { path: '/promotions/:id', title: 'Promotion', permission: 'promotions:write', group: undefined, view: PromotionPage },
  { path: '/inventory', title: 'Stock', permission: 'inventory:read', group: 'Shop', view: Inventory, keys: 's' },
  { path: '/inventory/:sku', title: 'Stock', permission: 'inventory:read', group: undefined, view: Inventory },
  { path: '/search', title: 'Search', permission: 'search:write', group: 'Shop', view: Search, keys: 'q' },
  {
    path: '/recommendations',
    title: 'Recommendations',
    permission: 'recommendations:write',
    group: 'Shop',
    view: Recommendations,
  },
  { path: '/content', title: 'Content', permission: 'content:write', group: 'Shop', view: Content },
  { path: '/content/:id', title: 'Content', permission: 'content:write', group: undefined, view: ContentEntry },
  { path: '/customers', title: 'Customers', permission: 'users:read-any', group: 'Shop', view: Customers, keys: 'c' },
  { path: '/customers/:id', title: 'Customer', permission: 'users:read-any', group: undefined, view: CustomerPage },
  { path: '/staff', title: 'Staff', permission: 'users:roles', group: 'Settings', view: Staff, keys: 'f' },
  { path: '/taxes', title: 'Taxes', permission: 'products:write', group: 'Settings', view: Taxes },
  { path: '/shipping', title: 'Shipping', permission: 'channels:write', group: 'Settings', view: Shipping },
  { path: '/mails', title: 'Mails', permission: 'notifications:read', group: 'Settings', view: Mails },
  { path: '/webhooks', title: 'Webhooks', permission: 'webhooks:write', group: 'Settings', view: Webhooks },
  { path: '/webhooks/:id', title: 'Webhook', permission: 'webhooks:write', group: undefined, view: WebhookPage },
  { path: '/api-keys', title: 'API keys', permission: 'api-keys:read', group: 'Settings', view: ApiKeys },
  { path: '/map', title: 'Service map', permission: 'events:operate', group: 'Operations', view: ServiceMap, keys: 'm' },
  { path: '/health', title: 'Health', permission: 'monitoring:read', group: 'Operations', view: Health },
  { path: '/traces', title: 'Traces and log', permission: 'monitoring:read', group: 'Operations', view: Traces, keys: 'l' },
  { path: '/events', title: 'Event flow', permission: 'events:operate', group: 'Operations', view: EventFlow },
  { path: '/dead-letters', title: 'Dead letters', permission: 'events:operate', group: 'Operations', view: DeadLetters },
  { path: '/flows', title: 'Flows', permission: 'events:operate', group: 'Operations', view: Flows },
  { path: '/jobs', title: 'Jobs', permission: 'events:operate', group: 'Operations', view: Jobs, keys: 'j' },
  { path: '/configuration', title: 'Configuration', permission: 'config:read', group: 'Operations', view: Configuration },
]
