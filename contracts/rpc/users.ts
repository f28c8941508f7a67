import Type from 'typebox'
import { customersExport } from '#contracts/rpc/exports.ts'
import { Locale, Nullable, PostalAddress, Timestamp, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

export const usersRpc = defineRpc(
  'users',
  {
    /** Opens an account with its profile: the first administrator, demo shoppers. The same again is `exists-same`. */
    register: method(
      closed({
        email: Type.String(),
        password: Type.Optional(Type.String()),
        fullName: Type.String(),
        locale: Type.Optional(Locale),
        role: Type.Optional(Type.String()),
        /** another company has made sure that the mailbox is theirs: no mail asks for it */
        emailVerified: Type.Optional(Type.Boolean()),
      }),
      Type.Union([
        closed({ outcome: Type.Literal('created'), userId: Uuid }),
        closed({ outcome: Type.Literal('exists-same'), userId: Uuid }),
        closed({ outcome: Type.Literal('exists') }),
      ]),
    ),
    /** Writes the profile of an account that has none, because opening it stopped half-way; one that is there, or was erased, stays as it is. */
    ensureProfile: method(closed({ userId: Uuid, fullName: Type.String(), locale: Type.Optional(Locale) }), closed({})),
    /** How to reach somebody; `undefined` fields after erasure. `outcome: 'unknown'` when there is no such user. */
    contact: method(
      closed({ userId: Uuid }),
      Type.Union([
        closed({
          outcome: Type.Literal('known'),
          email: Type.String(),
          fullName: Type.String(),
          locale: Locale,
          phone: Nullable(Type.String()),
          /** may get advertising: consented, and the address is proven to be theirs */
          marketing: Type.Optional(Type.Boolean()),
          /** when they consented; a wish for no more advertising that is younger wins */
          marketingSince: Type.Optional(Timestamp),
        }),
        closed({ outcome: Type.Literal('unknown') }),
      ]),
      { read: true },
    ),
    /** One address of this user: somebody else's address id is `unknown`. Without addressId: the default address. */
    address: method(
      closed({ userId: Uuid, addressId: Type.Optional(Uuid) }),
      Type.Union([
        closed({ outcome: Type.Literal('known'), addressId: Uuid, address: PostalAddress }),
        closed({ outcome: Type.Literal('unknown') }),
      ]),
      { read: true },
    ),
    customerGroups: method(closed({ userId: Uuid }), closed({ groups: Type.Array(Type.String()) }), { read: true }),
    /** Registers customers from another system, by their number there; idempotent, in the order given. */
    importCustomers: method(
      closed({
        customers: Type.Array(
          closed({
            source: Type.String(),
            reference: Type.String(),
            fullName: Type.String(),
            country: Type.String(),
            at: Type.String(),
          }),
          { maxItems: 1000 },
        ),
      }),
      closed({ userIds: Type.Array(Uuid) }),
    ),
    /** Every customer, page by page. */
    exportCustomers: customersExport,
  },
  { PostalAddress },
)
