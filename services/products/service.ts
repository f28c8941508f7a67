import { PriceChanged, ProductCreated, ProductDeleted, ProductUpdated, ProductViewed } from '#contracts/events/products.ts'
import { defineService } from '#kit/service/service.ts'
import { bootstrap } from './bootstrap.ts'
import { rememberedGroups } from './customer-groups.ts'
import type { ProductsDeps } from './deps.ts'
import { productRoutes } from './routes/products.ts'
import { productCalls } from './rpc.ts'
import { createViewBatch } from './views.ts'

export const products = defineService({
  name: 'products',
  port: 8083,
  kind: 'crud',
  summary: 'The catalogue: products and variants in every language, categories, prices, tax, sales channels, pictures, wishlists.',
  migrations: new URL('./migrations/', import.meta.url),
  create: (kit): ProductsDeps => ({ kit, db: kit.db, views: createViewBatch(kit), groupsOf: rememberedGroups(kit) }),
  routes: (deps) => [...productRoutes(deps)],
  rpc: productCalls,
  publishes: [ProductCreated, ProductUpdated, ProductDeleted, PriceChanged, ProductViewed],
  bootstrap,
})
