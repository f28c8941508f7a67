import { CartAbandoned, CartUpdated, ItemAddedToCart, ItemRemovedFromCart } from '#contracts/events/cart.ts'
import { defineService } from '#kit/service/service.ts'
import { createCart } from './deps.ts'
import { namedCartRoutes } from './routes/named-cart.ts'
import { ownCartRoutes } from './routes/own-cart.ts'
import { cartCalls } from './rpc.ts'
import { settings } from './settings.ts'

export const cart = defineService({
  name: 'cart',
  port: 8085,
  kind: 'crud',
  summary: 'Carts of users and guests, with live prices and stock, the same on every device.',
  migrations: new URL('./migrations/', import.meta.url),
  settings,
  create: createCart,
  routes: (deps) => [...ownCartRoutes(deps), ...namedCartRoutes(deps)],
  rpc: cartCalls,
  publishes: [ItemAddedToCart, ItemRemovedFromCart, CartUpdated, CartAbandoned],
})
