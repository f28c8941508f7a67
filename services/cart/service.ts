import { CartAbandoned, CartUpdated, ItemAddedToCart, ItemRemovedFromCart } from '#contracts/events/cart.ts'
import { defineService } from '#kit/service/service.ts'
import { type CartDeps, createCart } from './deps.ts'
import { invariants } from './invariants.ts'
import { deleteOldCarts, noticeAbandoned } from './jobs/end-carts.ts'
import { tellCarts } from './jobs/tell-carts.ts'
import { changeReactions } from './reactions/on-changes-elsewhere.ts'
import { namedCartRoutes } from './routes/named-cart.ts'
import { ownCartRoutes } from './routes/own-cart.ts'
import { cartCalls } from './rpc.ts'
import { settings } from './settings.ts'

export const cart = defineService({
  name: 'cart',
  port: 8085,
  kind: 'crud',
  summary: 'Carts of users and guests, with live prices and stock, the same on every device.',
  apart: { group: 'shop' },
  migrations: new URL('./migrations/', import.meta.url),
  settings,
  create: createCart,
  routes: (deps) => [...ownCartRoutes(deps), ...namedCartRoutes(deps)],
  rpc: cartCalls,
  reactions: changeReactions,
  attention: () => ({ pauseMs: 50 }),
  jobs: (deps: CartDeps) => [
    { name: 'tell-carts', everySeconds: 1, run: async (signal) => void (await tellCarts(deps, signal)) },
    { name: 'notice-abandoned', everySeconds: 60, run: async (signal) => void (await noticeAbandoned(deps, signal)) },
    { name: 'delete-old-carts', everySeconds: 300, run: async (signal) => void (await deleteOldCarts(deps, signal)) },
  ],
  publishes: [ItemAddedToCart, ItemRemovedFromCart, CartUpdated, CartAbandoned],
  invariants,
})
