export interface Goods {
  price: number
  stock: number
  giftCard?: boolean
  requiresShipping?: boolean
  categoryIds?: string[]
}
export interface Line {
  sku: string
  quantity: number
}
export interface Cart {
  cartId: string
  userId: string | null
  secret: string | null
  lines: Line[]
  couponCodes: string[]
}

/** What the other services of the shop would say and remember. Change it during a test. */
export interface World {
  readonly goods: Map<string, Goods>
  readonly holds: Map<string, { lines: Line[]; state: 'held' | 'committed' | 'ended' }>
  /** by order: what was taken, and whether it went back */
  readonly money: Map<
    string,
    {
      amount: number
      currency: string
      token: string
      state: 'captured' | 'declined' | 'pending' | 'challenge'
      givenBack: number
    }
  >
  readonly parcels: Map<string, { address: { line1: string }; state: 'planned' | 'stopped' | 'gone'; lines?: Line[] }>
  /** refunds and changes of parcels that were done, by their id */
  readonly doneOnce: Set<string>
  readonly carts: Map<string, Cart>
  readonly groups: Map<string, string[]>
  readonly addresses: Map<string, { userId: string; address: object }>
  /** custom attributes of orders; a change is seen by a shop opened afterwards */
  readonly attributes: { key: string; type: string; required: boolean; choices: string[] }[]
  /** user ids that nobody has */
  readonly strangers: Set<string>
  shipping: number
  /** calls that fail once, as `service.method` */
  readonly failOnce: Set<string>
}

const PRODUCT = '0190a000-0000-7000-8000-00000000abcd'

/** The services around orders, as simple as they can be: each answer is read from the world, and written there. */
export function fakes(world: World) {
  const { goods, holds, money, parcels, carts } = world
  const available = (sku: string) => goods.get(sku)?.stock ?? 0
  const take = (lines: Line[], sign: number) => {
    for (const { sku, quantity } of lines) goods.get(sku)!.stock -= sign * quantity
  }
  const known = { paymentId: '0190a000-0000-7000-8000-00000000beef', method: 'card' as const }
  const outcomeOf = (payment: { token: string; state: string } | undefined) => {
    if (!payment) return { outcome: 'none' }
    if (payment.state === 'declined') return { outcome: 'declined', ...known, reason: 'insufficient funds' }
    if (payment.state === 'challenge') return { outcome: 'challenge', ...known, url: 'https://bank.test/3ds' }
    return { outcome: payment.state, ...known }
  }
  const services: Record<string, Record<string, (input: never) => Promise<unknown>>> = {
    products: {
      attributes: async () => ({ definitions: world.attributes }),
      price: async ({ lines }: { lines: Line[] }) => ({
        currency: 'EUR',
        pricesIncludeTax: true,
        lines: lines
          .filter(({ sku }) => goods.has(sku))
          .map(({ sku }) => {
            const { price, giftCard = false, requiresShipping = true, categoryIds = [] } = goods.get(sku)!
            return {
              sku,
              productId: PRODUCT,
              variantId: PRODUCT,
              title: sku,
              variantTitle: '',
              imageUrl: null,
              unitPrice: price,
              listPrice: price,
              taxClass: 'standard',
              taxRateBasisPoints: giftCard ? 0 : 1900,
              weightGrams: 100,
              requiresShipping,
              categoryIds,
              giftCard,
            }
          }),
        refused: lines.filter(({ sku }) => !goods.has(sku)).map(({ sku }) => ({ sku, reason: 'unknown' })),
      }),
    },
    inventory: {
      reserve: async ({ orderId, lines }: { orderId: string; lines: Line[] }) => {
        const hold = holds.get(orderId)
        if (hold)
          return hold.state === 'ended' ? { outcome: 'ended' } : { outcome: 'reserved', expiresAt: new Date().toISOString() }
        const missing = lines.filter(({ sku, quantity }) => available(sku) < quantity)
        if (missing.length > 0)
          return { outcome: 'out-of-stock', skus: missing.map(({ sku }) => ({ sku, available: available(sku) })) }
        take(lines, 1)
        holds.set(orderId, { lines, state: 'held' })
        return { outcome: 'reserved', expiresAt: new Date().toISOString() }
      },
      commit: async ({ orderId }: { orderId: string }) => {
        const hold = holds.get(orderId)
        if (!hold || hold.state === 'ended') return { outcome: hold ? 'expired' : 'unknown' }
        hold.state = 'committed'
        return { outcome: 'committed' }
      },
      release: async ({ orderId }: { orderId: string }) => {
        const hold = holds.get(orderId)
        if (!hold || hold.state === 'ended') return { outcome: 'nothing-held' }
        if (hold.state === 'committed') return { outcome: 'committed' }
        hold.state = 'ended'
        take(hold.lines, -1)
        return { outcome: 'released' }
      },
      amend: async ({ orderId, lines }: { orderId: string; lines: Line[] }) => {
        const hold = holds.get(orderId)
        if (!hold || hold.state === 'ended') return { outcome: 'ended' }
        const had = (sku: string) => hold.lines.find((line) => line.sku === sku)?.quantity ?? 0
        const missing = lines.filter(({ sku, quantity }) => quantity - had(sku) > available(sku))
        if (missing.length > 0)
          return { outcome: 'out-of-stock', skus: missing.map(({ sku }) => ({ sku, available: available(sku) })) }
        take(hold.lines, -1)
        take(lines, 1)
        hold.lines = lines
        return { outcome: 'amended' }
      },
      giveBack: async (input: { orderId: string; lines: Line[] }) => {
        const { release, restock } = services['inventory']!
        const { outcome } = (await release!(input as never)) as { outcome: string }
        if (outcome === 'committed') await restock!({ ...input, reference: input.orderId } as never)
        return {}
      },
      restock: async ({ orderId, lines }: { orderId: string; lines: Line[] }) => {
        const hold = holds.get(orderId)!
        if (hold.state === 'committed') take(lines, -1)
        hold.state = 'ended'
        return {}
      },
    },
    payments: {
      authorize: async ({
        orderId,
        amount,
        paymentMethodId: token,
      }: {
        orderId: string
        amount: { amount: number; currency: string }
        paymentMethodId: string
      }) => {
        const state =
          token === 'tok_decline'
            ? 'declined'
            : token === 'tok_challenge'
              ? 'challenge'
              : token === 'tok_pending'
                ? 'pending'
                : 'captured'
        if (!money.has(orderId)) money.set(orderId, { ...amount, token, state, givenBack: 0 })
        return outcomeOf(money.get(orderId))
      },
      refund: async ({ orderId, refundId, amount }: { orderId: string; refundId: string; amount: { amount: number } }) => {
        const payment = money.get(orderId)!
        const fits = payment.state === 'captured' && payment.givenBack + amount.amount <= payment.amount
        if (!world.doneOnce.has(refundId) && fits) payment.givenBack += amount.amount
        const outcome = fits || world.doneOnce.has(refundId) ? 'refunded' : 'refused'
        if (fits) world.doneOnce.add(refundId)
        return { outcome, refundable: { amount: payment.amount - payment.givenBack, currency: payment.currency } }
      },
      status: async ({ orderId }: { orderId: string }) => outcomeOf(money.get(orderId)),
      undo: async ({ orderId }: { orderId: string }) => {
        const payment = money.get(orderId)
        if (payment?.state !== 'captured') return { outcome: 'nothing' }
        payment.givenBack = payment.amount
        return { outcome: 'refunded' }
      },
    },
    delivery: {
      options: async ({ currency }: { currency: string }) => ({
        options: [
          {
            id: 'standard',
            name: 'Standard',
            carrier: 'post',
            price: { amount: world.shipping, currency },
            minDays: 1,
            maxDays: 3,
          },
          { id: 'express', name: 'Express', carrier: 'post', price: { amount: 1490, currency }, minDays: 1, maxDays: 1 },
        ],
      }),
      createShipment: async ({
        orderId,
        shipmentId,
        address: to,
      }: {
        orderId: string
        shipmentId: string
        address: { line1: string }
      }) => {
        if (!parcels.has(orderId)) parcels.set(orderId, { address: to, state: 'planned' })
        return { shipmentId }
      },
      replaceParcels: async ({
        orderId,
        changeId,
        lines,
        address,
      }: {
        orderId: string
        changeId: string
        lines?: Line[]
        address?: { line1: string }
      }) => {
        const parcel = parcels.get(orderId)
        if (world.doneOnce.has(changeId)) return { outcome: 'replaced' }
        if (!parcel) return { outcome: 'nothing' }
        if (parcel.state === 'gone') return { outcome: 'dispatched' }
        if (parcel.state === 'stopped') return { outcome: 'stopped' }
        world.doneOnce.add(changeId)
        if (lines) parcel.lines = lines
        if (address) parcel.address = address
        return { outcome: 'replaced' }
      },
      cancelShipments: async ({ orderId }: { orderId: string }) => {
        const parcel = parcels.get(orderId)
        if (!parcel) return { outcome: 'nothing' }
        if (parcel.state === 'gone') return { outcome: 'dispatched' }
        parcel.state = 'stopped'
        return { outcome: 'stopped' }
      },
      parcels: async ({ orderId }: { orderId: string }) => ({
        parcels: parcels.has(orderId)
          ? [
              {
                id: orderId,
                state: 'in-transit',
                carrier: 'Post',
                trackingNumber: 'PO1234',
                trackingUrl: null,
                lines: [{ sku: 'mug', quantity: 1 }],
                events: [{ state: 'in-transit', at: '2026-05-03T10:00:00.000Z' }],
              },
            ]
          : [],
      }),
    },
    users: {
      contact: async ({ userId }: { userId: string }) =>
        world.strangers.has(userId)
          ? { outcome: 'unknown' }
          : { outcome: 'known', email: 'ann@example.com', fullName: 'Ann Archer', locale: 'en', phone: null },
      customerGroups: async ({ userId }: { userId: string }) => ({ groups: world.groups.get(userId) ?? [] }),
      address: async ({ userId, addressId }: { userId: string; addressId?: string }) => {
        const [id, saved] =
          [...world.addresses].find(([id, one]) => one.userId === userId && (addressId === undefined || id === addressId)) ?? []
        return saved ? { outcome: 'known', addressId: id, address: saved.address } : { outcome: 'unknown' }
      },
    },
    cart: {
      forCheckout: async ({ cartId, userId, secret }: { cartId: string; userId: string | null; secret: string | null }) => {
        const cart = carts.get(cartId)
        if (!cart || cart.userId !== userId || (userId === null && cart.secret !== secret)) return null
        return { cartId, userId, channel: 'web', locale: 'en', version: 1, lines: cart.lines, couponCodes: cart.couponCodes }
      },
      close: async () => ({}),
    },
  }
  for (const [name, methods] of Object.entries(services)) {
    for (const [method, answer] of Object.entries(methods)) {
      methods[method] = async (input) => {
        if (world.failOnce.delete(`${name}.${method}`)) throw new Error(`${name}.${method} failed once`)
        return await answer(input)
      }
    }
  }
  return services
}
