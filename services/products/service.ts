import { customerGroups } from '#contracts/customer-groups.ts'
import { PriceChanged, ProductCreated, ProductDeleted, ProductUpdated, ProductViewed } from '#contracts/events/products.ts'
import { reviewsRpc } from '#contracts/rpc/reviews.ts'
import { searchRpc } from '#contracts/rpc/search.ts'
import { createPictureWorkshop } from '#kit/objects/pictures.ts'
import { changeList } from '#kit/cache/change-list.ts'
import { defineService } from '#kit/service/service.ts'
import { bootstrap } from './bootstrap.ts'
import { refreshStaleCards } from './cards.ts'
import { announceDueLists } from './commands/save-price-list.ts'
import { keptFor } from './cached.ts'
import type { ProductsDeps } from './deps.ts'
import { errors } from './errors.ts'
import { invariants } from './invariants.ts'
import { onInventoryUpdated } from './reactions/on-inventory-updated.ts'
import { onProductRatingChanged } from './reactions/on-product-rating-changed.ts'
import { onUserDeleted } from './reactions/on-user-deleted.ts'
import { withDueLists } from './due-lists.ts'
import { fillRatings } from './ratings.ts'
import { allProductsRoutes } from './routes/all-products.ts'
import { attributeRoutes } from './routes/attributes.ts'
import { brandRoutes, sellerRoutes } from './routes/brands-and-sellers.ts'
import { categoryRoutes } from './routes/categories.ts'
import { channelRoutes } from './routes/channels.ts'
import { internalRoutes } from './routes/internal.ts'
import { mediaRoutes } from './routes/media.ts'
import { priceListRoutes } from './routes/price-lists.ts'
import { productRoutes } from './routes/products.ts'
import { sitemapRoutes } from './routes/sitemap.ts'
import { taxRoutes } from './routes/tax.ts'
import { wishlistRoutes } from './routes/wishlists.ts'
import { productCalls } from './rpc.ts'
import { seedDemo } from './seed/demo-shop.ts'
import { Settings } from './settings.ts'
import { createViewBatch } from './views.ts'

export const products = defineService<ProductsDeps, typeof Settings>({
  name: 'products',
  port: 8083,
  kind: 'crud',
  summary:
    'The catalogue: products and variants in every language, categories, prices, tax, sales channels, pictures, wishlists.',
  apart: { group: 'shop' },
  migrations: new URL('./migrations/', import.meta.url),
  settings: Settings,
  brief: true,
  create: (kit) => ({
    kit,
    db: kit.db,
    kept: keptFor(kit.settings),
    views: createViewBatch(kit),
    groups: customerGroups(kit),
    search: kit.rpc(searchRpc),
    reviews: kit.rpc(reviewsRpc),
    pictures: createPictureWorkshop(errors),
  }),
  routes: (deps) => [
    ...productRoutes(deps),
    ...sitemapRoutes(deps),
    ...allProductsRoutes(deps),
    ...mediaRoutes(deps),
    ...categoryRoutes(deps),
    ...brandRoutes(deps),
    ...sellerRoutes(deps),
    ...wishlistRoutes(deps),
    ...priceListRoutes(deps),
    ...channelRoutes(deps),
    ...taxRoutes(deps),
    ...attributeRoutes(deps),
    ...internalRoutes(deps),
  ],
  rpc: productCalls,
  reactions: () => [onInventoryUpdated, onProductRatingChanged, onUserDeleted],
  attention: () => ({ pauseMs: 50 }),
  changes: ({ db }) => withDueLists(db.sql, changeList(db.sql)),
  jobs: (deps) => [
    { name: 'announce-price-lists', everySeconds: 5, run: (signal) => announceDueLists(deps, signal) },
    { name: 'refresh-stale-cards', everySeconds: 2, run: (signal) => refreshStaleCards(deps, signal) },
    { name: 'fill-ratings', everySeconds: 30, run: (signal) => fillRatings(deps, signal) },
  ],
  publishes: [ProductCreated, ProductUpdated, ProductDeleted, PriceChanged, ProductViewed],
  invariants,
  bootstrap,
  seed: seedDemo,
})
