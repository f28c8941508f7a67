import Type from 'typebox'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { get, patch, post, del, Reply, signedIn, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { changeMethod, forgetMethod, methodsOf, type SavedMethod, saveMethod } from '../commands/payment-methods.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'

const Kind = Type.Union([Type.Literal('card'), Type.Literal('upi'), Type.Literal('net-banking'), Type.Literal('wallet')])
const Label = Type.String({ minLength: 1, maxLength: 60 })

const MethodView = closed({
  id: Uuid,
  kind: Kind,
  gateway: Type.String(),
  label: Type.String(),
  brand: Nullable(Type.String()),
  last4: Nullable(Type.String()),
  expMonth: Nullable(Type.Integer()),
  expYear: Nullable(Type.Integer()),
  isDefault: Type.Boolean(),
  merchantInitiated: Type.Boolean(),
  version: Type.Integer(),
  createdAt: Timestamp,
})

const viewOf = (method: SavedMethod) => ({ ...method, createdAt: method.createdAt.toISOString() })

/** Saved means of payment: everybody sees and changes only their own. Card numbers are refused by kit/http and fit no field. */
export function methodRoutes(deps: Deps): Route[] {
  return [
    get(
      '/api/payments/methods',
      { access: signedIn, summary: 'My saved payment methods', response: closed({ items: Type.Array(MethodView) }) },
      async ({ principal }) => ({ items: (await methodsOf(deps.db.sql, principal.id)).map(viewOf) }),
    ),
    post(
      '/api/payments/methods',
      {
        access: signedIn,
        summary: 'Saves the token of a payment method',
        description:
          '`token` comes from the gateway’s own page or SDK. `merchantInitiated`: the shop may charge it for renewals.',
        body: closed({
          token: Type.String({ minLength: 1, maxLength: 200, pattern: '^[A-Za-z0-9_:-]+$' }),
          kind: Kind,
          label: Type.Optional(Label),
          brand: Type.Optional(Type.String({ minLength: 1, maxLength: 30 })),
          last4: Type.Optional(Type.String({ pattern: '^[0-9]{4}$' })),
          expMonth: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
          expYear: Type.Optional(Type.Integer({ minimum: 2000, maximum: 2100 })),
          isDefault: Type.Boolean({ default: false }),
          merchantInitiated: Type.Boolean({ default: false }),
        }),
        response: MethodView,
        status: 201,
        errors: [errors.methodExists],
      },
      async ({ body, principal, tx }) => {
        const [gateway] = deps.gateways.namesFor(body.kind)
        const { brand = null, last4 = null, expMonth = null, expYear = null } = body
        const label = body.label ?? (last4 ? `${brand ?? body.kind} ••${last4}` : body.kind)
        return viewOf(
          await saveMethod(tx, principal.id, { ...body, brand, last4, expMonth, expYear, label, gateway: gateway ?? 'offline' }),
        )
      },
    ),
    patch(
      '/api/payments/methods/:id',
      {
        access: signedIn,
        summary: 'Changes the label, the default, or the agreement to renewals',
        params: closed({ id: Uuid }),
        body: closed({
          label: Type.Optional(Label),
          isDefault: Type.Optional(Type.Literal(true)),
          merchantInitiated: Type.Optional(Type.Boolean()),
        }),
        response: MethodView,
        errors: [errors.methodNotFound],
      },
      async ({ params, body, principal, tx }) => {
        const changed = await changeMethod(tx, principal.id, params.id, body)
        if (!changed) throw errors.methodNotFound()
        return viewOf(changed)
      },
    ),
    del(
      '/api/payments/methods/:id',
      { access: signedIn, summary: 'Forgets a payment method', params: closed({ id: Uuid }), errors: [errors.methodNotFound] },
      async ({ params, principal, tx }) => {
        if (!(await forgetMethod(tx, principal.id, params.id))) throw errors.methodNotFound()
        return new Reply(undefined, { status: 204 })
      },
    ),
  ]
}
