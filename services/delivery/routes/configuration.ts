import Type from 'typebox'
import { ChannelKey, Nullable } from '#contracts/values.ts'
import { Currency, MinorUnits } from '#kit/core/money.ts'
import { can, get, put, type Route } from '#kit/http/route.ts'
import { closed, mapOf } from '#kit/messaging/event.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'

const OptionId = Type.String({ minLength: 1, maxLength: 60, pattern: '^[a-z0-9][a-z0-9-]*$' })
const Facts = {
  channel: Nullable(ChannelKey),
  zone: Type.Union([Type.Literal('home'), Type.Literal('eu'), Type.Literal('world')]),
  carrier: Type.String({ minLength: 1, maxLength: 40 }),
  names: mapOf(Type.String({ pattern: '^[a-z]{2,3}$' }), Type.String({ minLength: 1, maxLength: 80 })),
  minDays: Type.Integer({ minimum: 0, maximum: 365 }),
  maxDays: Type.Integer({ minimum: 0, maximum: 365 }),
  maxWeightGrams: Nullable(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
  active: Type.Boolean(),
  prices: Type.Array(closed({ currency: Currency, price: MinorUnits, freeFrom: Nullable(MinorUnits) }), { maxItems: 200 }),
}
const OptionView = closed({ id: OptionId, ...Facts })

/** What shipping costs and who carries: for staff who set it. */
export function configurationRoutes(deps: Deps): Route[] {
  return [
    get(
      '/api/delivery/shipping-options',
      {
        access: can('channels:write'),
        summary: 'All shipping options with their prices',
        response: closed({ items: Type.Array(OptionView) }),
      },
      async () => {
        const rows = await deps.db.sql`
          select o.id, o.channel, o.zone, o.carrier, o.names, o.min_days as "minDays", o.max_days as "maxDays", o.max_weight_grams as "maxWeightGrams", o.active,
                 coalesce((select jsonb_agg(jsonb_build_object('currency', p.currency, 'price', p.price, 'freeFrom', p.free_from) order by p.currency)
                             from shipping_prices p where p.option_id = o.id), '[]') as prices
            from shipping_options o order by o.id`
        return { items: rows as never }
      },
    ),
    put(
      '/api/delivery/shipping-options/:id',
      {
        access: can('channels:write'),
        summary: 'Creates or replaces a shipping option and its prices',
        params: closed({ id: OptionId }),
        body: closed(Facts),
        response: OptionView,
        errors: [errors.unknownCarrier, errors.wrongDays, errors.pricedTwice],
      },
      async ({ params: { id }, body, tx }) => {
        if (!deps.carriers.has(body.carrier)) throw errors.unknownCarrier({ carrier: body.carrier })
        if (body.maxDays < body.minDays)
          throw errors.wrongDays({}, { fields: [{ pointer: '/maxDays', message: 'must not be less than minDays' }] })
        const twice = body.prices.findIndex(
          ({ currency }, index) => body.prices.findIndex((one) => one.currency === currency) < index,
        )
        if (twice >= 0)
          throw errors.pricedTwice({}, { fields: [{ pointer: `/prices/${twice}/currency`, message: 'is there twice' }] })
        await tx`
          insert into shipping_options as o (id, channel, zone, carrier, names, min_days, max_days, max_weight_grams, active)
          values (${id}, ${body.channel}, ${body.zone}, ${body.carrier}, ${JSON.stringify(body.names)}::text::jsonb, ${body.minDays}, ${body.maxDays},
                  ${body.maxWeightGrams}, ${body.active})
          on conflict (id) do update
            set channel = excluded.channel, zone = excluded.zone, carrier = excluded.carrier, names = excluded.names, min_days = excluded.min_days,
                max_days = excluded.max_days, max_weight_grams = excluded.max_weight_grams, active = excluded.active, version = o.version + 1, updated_at = now()`
        await tx`delete from shipping_prices where option_id = ${id}`
        await tx`
          insert into shipping_prices (option_id, currency, price, free_from)
          select ${id}, p.currency, p.price, p."freeFrom"
            from jsonb_to_recordset(${JSON.stringify(body.prices)}::text::jsonb) as p(currency text, price bigint, "freeFrom" bigint)
          on conflict (option_id, currency) do update set price = excluded.price, free_from = excluded.free_from`
        deps.options.forget()
        return { id, ...body }
      },
    ),
  ]
}
