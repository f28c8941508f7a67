import type { Mutant } from './mutant.ts'

const payments = 'services/payments'
const cart = 'services/cart'
const auth = 'services/auth'

/** Guards of money, carts, accounts and the door that refuse what somebody tries. */
export const refusals: readonly Mutant[] = [
  {
    name: 'S10 a capture in another currency is made',
    file: `${payments}/commands/capture-payment.ts`,
    search: '       and p.currency = coalesce(${input.amount?.currency ?? null}::text, p.currency)\n',
    replace: '',
    test: `${payments}/another-order.int.test.ts`,
  },
  {
    name: 'S10 a capture in another currency is said to be made when the money was taken before',
    file: `${payments}/commands/capture-payment.ts`,
    search: '  if (input.amount && input.amount.currency !== payment.currency) throw errors.wrongCurrency()\n',
    replace: '',
    test: `${payments}/another-order.int.test.ts`,
  },
  {
    name: 'S2 a capture or refund may name the payment of another order',
    file: `${payments}/routes/payments.ts`,
    search: 'if (!payment || (body.orderId && body.orderId !== payment.orderId)) throw errors.notFound()',
    replace: 'if (!payment) throw errors.notFound()\n    if (body.orderId) return body.orderId',
    test: `${payments}/another-order.int.test.ts`,
  },
  {
    name: 'S2 somebody pays with the saved method of somebody else',
    file: `${payments}/commands/choose-gateway.ts`,
    search: 'where m.id = ${id} and m.user_id = ${customerId}::uuid`',
    replace: 'where m.id = ${id} and ${customerId}::uuid is not null`',
    test: payments,
  },
  {
    name: 'S32 the ledger of money can be rewritten',
    file: `${payments}/migrations/001_payments.sql`,
    search: `create trigger ledger_entries_append_only before update or delete or truncate on ledger_entries
  for each statement execute function ledger_is_append_only();
revoke update, delete, truncate on ledger_entries from :"role";
`,
    replace: '',
    test: `${payments}/undo-and-refund.int.test.ts`,
  },
  {
    name: 'S11 a repeated request issues a second gift card',
    file: 'services/orders/commands/issue-gift-card.ts',
    search: 'const id = request.key === undefined ? uuidv7() : uuidFrom(`gift-card:${request.scope}:${request.key}`)',
    replace: "const id = uuidFrom(`gift-card:${request.scope}:${request.key ?? ''}:${uuidv7()}`)",
    test: 'tests/orders/gift-cards.int.test.ts',
  },
  {
    name: 'a cart is changed although it is another one by now',
    file: `${cart}/migrations/002_lines.sql`,
    search: "       when i.expected <> versions[i.ordinality] then 'version-conflict'\n",
    replace: '',
    test: cart,
  },
  {
    name: 'S10 a line of a cart has no bound',
    file: `${cart}/migrations/002_lines.sql`,
    search: "       when q.quantity > 9999 then 'quantity'\n",
    replace: '',
    test: cart,
  },
  {
    name: 'S10 a cart has no bound',
    file: `${cart}/migrations/002_lines.sql`,
    search: "       when l.quantity is null and counts[i.ordinality] >= 200 then 'too-many-lines'\n",
    replace: '',
    test: cart,
  },
  {
    name: 'a guest’s cart is merged into nothing when it is merged twice',
    file: `${cart}/migrations/002_lines.sql`,
    search: "  if guest.state = 'merged' then\n",
    replace: '  if false then\n',
    test: cart,
  },
  {
    name: 'whoever has the secret of a guest’s cart is shown whose it became',
    file: `${cart}/migrations/002_lines.sql`,
    search: 'where c.id = guest.merged_into and c.user_id = for_user;',
    replace: 'where c.id = guest.merged_into;',
    test: cart,
  },
  {
    name: 'S5 any algorithm is accepted',
    file: 'kit/http/tokens.ts',
    search: "      algorithms: ['ES256'],\n",
    replace: '',
    test: 'kit/http/tokens.test.ts',
  },
  {
    name: 'S5 a token without an end is accepted',
    file: 'kit/http/tokens.ts',
    search: "['sub', 'sid', 'exp', 'iat'],",
    replace: "['sub', 'sid', 'iat'],",
    test: 'kit/http/tokens.test.ts',
  },
  {
    name: 'S5 an expired token is accepted',
    file: 'kit/http/tokens.ts',
    search: 'clockTolerance: SKEW_SECONDS,',
    replace: 'clockTolerance: 600,',
    test: 'kit/http/tokens.test.ts',
  },
  {
    name: 'S5 the key that a header brings is believed',
    file: 'kit/http/tokens.ts',
    search: '      if (!key) throw new jose.JWKSNoMatchingKey()\n',
    replace:
      "      const own = (header as { jwk?: object }).jwk\n      if (own) return (await import('jose')).importJWK(own as never, 'ES256') as never\n      if (!key) throw new jose.JWKSNoMatchingKey()\n",
    test: 'kit/http/tokens.test.ts',
  },
  {
    name: 'S2 somebody reads the addresses of somebody else',
    file: 'services/users/addresses.ts',
    search: 'from addresses a where a.user_id = ${userId} and a.address_id = ${addressId}`',
    replace: 'from addresses a where ${userId}::uuid is not null and a.address_id = ${addressId}`',
    test: 'services/users',
  },
  {
    name: 'S7 passwords are guessed without end',
    file: `${auth}/throttle.ts`,
    search: "  if (taken.length < counters.length) return 'refused'\n",
    replace: '',
    test: `${auth}/throttle.int.test.ts ${auth}/login.int.test.ts`,
  },
  {
    name: 'S8 a recovery code works twice',
    file: `${auth}/totp.ts`,
    search: ' and used_at is null returning 1`',
    replace: ' returning 1`',
    test: `${auth}/mfa.int.test.ts`,
  },
  {
    name: 'S9 everybody is believed who they say they are',
    file: 'kit/http/edge.ts',
    search: '  return list.length > 0 ? [...list] : false\n',
    replace: "  return ['0.0.0.0/0']\n",
    test: 'kit/http/edge.test.ts',
  },
  {
    name: 'S20 bodies have no limit',
    file: 'kit/http/app.ts',
    search: '    bodyLimit: limits.bodyLimitBytes ?? 64 * 1024,\n',
    replace: '    bodyLimit: 1024 ** 3,\n',
    test: 'kit/http/validation.test.ts kit/http/connections.test.ts',
  },
  {
    name: 'S18 a file is what its sender calls it',
    file: 'services/products/commands/save-media.ts',
    search: '  const type = sniff(bytes)\n',
    replace: "  const type = sniff(bytes) ?? ('image/png' as FileType)\n",
    test: 'services/products/media.int.test.ts',
  },
  {
    name: 'S16 a name is looked up a second time for the connection',
    file: 'kit/http/outward.ts',
    search: 'agent: false, lookup: pinned, signal })',
    replace: 'agent: false, ...(pinned ? {} : {}), signal })',
    test: 'kit/http/outward.test.ts',
  },
  {
    name: 'shoppers who look around are let in before those who pay',
    file: 'kit/http/load-shedding.ts',
    search: '  low: { inFlight: 1 / 4, delay: 1 / 2,',
    replace: '  low: { inFlight: 1, delay: 4,',
    test: 'kit/http/load-shedding.test.ts',
  },
  {
    name: 'S33 a service tells in the name of another one',
    file: 'kit/messaging/own-events.ts',
    search: "= any ('{${allowed.join(',')}}'::text[])) not valid;",
    replace: "= any ('{${allowed.join(',')}}'::text[]) or true) not valid;",
    test: 'kit/messaging/own-events.int.test.ts',
  },
  {
    name: 'S33 a release that starts again takes events from the outbox of the one after it',
    file: 'kit/messaging/own-events.ts',
    search: 'new Set([...before, ...ownOf(owner)])',
    replace: 'new Set(ownOf(owner))',
    test: 'kit/messaging/own-events.int.test.ts',
  },
  {
    name: 'whoever presses twice is shown an empty cart while the order is still being made',
    file: 'apps/storefront/app/checkout.server.ts',
    search: 'if (!inFlight(error) || waited.aborted) throw error',
    replace: 'throw error',
    test: 'apps/storefront/app/checkout.server.test.ts',
  },
  {
    name: 'somebody who called advertising spam gets it again',
    file: 'services/notifications/addresses.ts',
    search: "reason === 'complained' || consentAt === undefined",
    replace: 'consentAt === undefined',
    test: 'services/notifications/sending.int.test.ts',
  },
  {
    name: 'an old consent is stronger than the unsubscription after it',
    file: 'services/notifications/addresses.ts',
    search: 'since.getTime() >= Date.parse(consentAt)',
    replace: 'since.getTime() < 0',
    test: 'services/notifications/sending.int.test.ts',
  },
]
