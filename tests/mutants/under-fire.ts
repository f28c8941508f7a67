import type { Mutant } from './mutant.ts'

const answers = 'services/payments/bad-answers.int.test.ts'
const coupons = 'tests/orders/coupon-abuse.int.test.ts'

/** Guards against companies that answer badly, coupons that are bent, and persons and events that get lost. */
export const underFire: readonly Mutant[] = [
  {
    name: 'S17 whatever a payment company answers is believed',
    file: 'services/payments/gateways/registry.ts',
    search: 'async ({ signal }) => believable(await work(gateway, signal))',
    replace: '({ signal }) => work(gateway, signal)',
    test: answers,
  },
  {
    name: 'S17 any answer to a refund is a refund',
    file: 'services/payments/commands/refund-payment.ts',
    search: "if (asked.answer.kind !== 'refunded')",
    replace: "if (asked.answer.kind === 'pending')",
    test: answers,
  },
  {
    name: 'S17 a company says what only we may say',
    file: 'services/payments/gateways/answer.ts',
    search: '    pending: { reference: maybe(reference) },\n',
    replace: '    pending: { reference: maybe(reference) },\n    failed: { reason },\n',
    test: answers,
  },
  {
    name: 'S17 a shopper is sent to a script',
    file: 'services/payments/gateways/answer.ts',
    search: "text(2000)(value) && /^https?:$/.test(URL.parse(value as string)?.protocol ?? '')",
    replace: 'text(2000)(value)',
    test: answers,
  },
  {
    name: 'S17 a number passes for an amount',
    file: 'services/payments/gateways/answer.ts',
    search: "maybe((value) => typeof value === 'bigint')",
    replace: 'maybe(() => true)',
    test: answers,
  },
  {
    name: 'S17 a company may write as much as it likes into our books',
    file: 'services/payments/gateways/answer.ts',
    search: 'value.length > 0 && value.length <= most',
    replace: 'value.length > 0 && most > 0',
    test: answers,
  },
  {
    name: 'S17 a payment company that keeps failing is asked all the same',
    file: 'services/payments/gateways/registry.ts',
    search: 'new ConsecutiveBreaker(BREAKER.failures)',
    replace: 'new ConsecutiveBreaker(BREAKER.failures * 1000)',
    test: 'services/payments/gateways/registry.test.ts',
  },
  {
    name: 'S17 a payment company is waited for as long as it likes',
    file: 'services/payments/gateways/registry.ts',
    search: 'timeout(options.timeoutMs, TimeoutStrategy.Aggressive)',
    replace: 'timeout(options.timeoutMs * 1000, TimeoutStrategy.Aggressive)',
    test: 'services/payments/gateways/registry.test.ts',
  },
  {
    name: 'S16 a webhook follows where it is sent',
    file: 'kit/http/outward.ts',
    search: "    request.on('response', (response) => {\n",
    replace:
      "    request.on('response', (response) => {\n      if (response.headers.location) return resolve(sendOutward({ ...wanted, url: new URL(response.headers.location, url).href }))\n",
    test: 'kit/http/outward.test.ts',
  },
  {
    name: 'S17 an answer from outside is read to its end, however long',
    file: 'kit/http/outward.ts',
    search: '        if (length > wanted.maxBytes) finish(true)\n',
    replace: '',
    test: 'kit/http/outward.test.ts',
  },
  {
    name: 'S11 a coupon counts below its minimum',
    file: 'services/orders/promotion.ts',
    search: '  if (goods < BigInt(conditions.minimumSubtotal ?? 0))',
    replace: '  if (goods < 0n)',
    test: coupons,
  },
  {
    name: 'S11 a coupon in other letters is another coupon',
    file: 'services/orders/codes.ts',
    search: "    .toUpperCase()\n    .normalize('NFKC')\n",
    replace: '',
    test: coupons,
  },
  {
    name: 'S11 the capital sharp s makes another coupon',
    file: 'services/orders/codes.ts',
    search: '    .toLowerCase()\n    .toUpperCase()\n',
    replace: '    .toUpperCase()\n',
    test: coupons,
  },
  {
    name: 'S11 signs that nobody sees make another coupon',
    file: 'services/orders/codes.ts',
    search: String.raw`[\s\u00ad\u200b-\u200d\u2060\ufeff]`,
    replace: String.raw`[\s]`,
    test: coupons,
  },
  {
    name: 'I25 orders keep the address of who was erased',
    file: 'services/orders/reactions/on-user-deleted.ts',
    search: 'update order_contacts c set email = null,',
    replace: 'update order_contacts c set email = c.email,',
    test: 'tests/orders/changes.int.test.ts',
  },
  {
    name: 'I25 who was erased is written to',
    file: 'services/notifications/reactions/on-user-deleted.ts',
    search: "case when m.state = 'queued' then 'suppressed' else m.state end",
    replace: 'm.state',
    test: 'services/notifications/account-mails.int.test.ts',
  },
  {
    name: 'I25 nobody is told that somebody was erased',
    file: 'services/users/commands/erase-user.ts',
    search: '    await deps.outbox.append(tx, [UserDeleted({ userId })])\n',
    replace: '',
    test: 'services/users/accounts.int.test.ts',
  },
  {
    name: 'I25 the account of who was erased can sign in',
    file: 'services/users/commands/erase-user.ts',
    search: '  await deps.auth.deleteAccount({ userId }, { principal: by })\n',
    replace: '',
    test: 'services/users/accounts.int.test.ts',
  },
  {
    name: 'I7 what a lost slot would have brought is lost with it',
    file: 'kit/messaging/cdc-slot.ts',
    search: '      for (const row of rows) earlier.push({ schema, position: BigInt(row.position) })\n',
    replace: '',
    test: 'kit/messaging/cdc.int.test.ts',
  },
]
