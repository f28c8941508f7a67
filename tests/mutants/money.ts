import type { Mutant } from './mutant.ts'

const payments = 'services/payments'

/** Guards of payments: what is taken, given back, and believed. */
export const money: readonly Mutant[] = [
  {
    name: 'an order that is paid later costs another total than its customer saw',
    file: 'services/orders/routes/order-changes.ts',
    search: 'if (seen && (seen.amount !== total.amount || seen.currency !== total.currency)) ',
    replace: 'if (seen && seen.currency !== total.currency) ',
    test: 'tests/orders/place.int.test.ts',
  },
  {
    name: 'goods leave on invoice because a shopper says so',
    file: 'services/orders/pay-on-invoice.ts',
    search: " && !may(principal, 'orders:draft')",
    replace: " && !may(principal, 'orders:draft') && principal.kind === 'program'",
    test: 'tests/orders/place.int.test.ts',
  },
  {
    name: 'what no company offers counts as paid',
    file: `${payments}/commands/authorize-payment.ts`,
    search: '!offering.includes(payment.gateway) && !payment.imported',
    replace: 'offering.length === 0 && !payment.imported',
    test: `${payments}/not-offered.int.test.ts`,
  },
  {
    name: 'I13 refunds are not compared with what was taken',
    file: `${payments}/commands/refund-payment.ts`,
    search: 'and p.refunded + p.refunding + p.charged_back + ${input.amount} <= p.captured',
    replace: '',
    test: `${payments}/undo-and-refund.int.test.ts`,
  },
  {
    name: 'I13 a refund that was made is booked again when it is asked for again',
    file: `${payments}/commands/refund-payment.ts`,
    search: "where id = ${refund.id} and state = 'requested'\n      returning id, payment_id, amount, currency, created_at",
    replace: 'where id = ${refund.id}\n      returning id, payment_id, amount, currency, created_at',
    test: payments,
  },
  {
    name: 'I12 an order may be paid by two payments',
    file: `${payments}/migrations/001_payments.sql`,
    search: 'create unique index payments_one_success_per_order on payments',
    replace: 'create index payments_one_success_per_order on payments',
    test: payments,
  },
  {
    name: 'I12 an attempt that is repeated asks for the money under another key',
    file: `${payments}/store.ts`,
    search: 'return `${item.orderId}:${item.attempt}`',
    replace: 'return `${item.orderId}:${item.attempt}:${Math.random()}`',
    test: payments,
  },
  {
    name: 'I12 silence of the company counts as “not reached”, so another one is asked',
    file: `${payments}/commands/authorize-payment.ts`,
    search: "if ('unanswered' in asked) return settlePayment(deps, current, { kind: 'pending' })",
    replace: '',
    test: `${payments}/unreliable-gateway.int.test.ts`,
  },
  {
    name: 'I12 money that comes after the order was given up is kept',
    file: `${payments}/commands/settle-payment.ts`,
    search: 'return current.undoAt !== null && holdsMoney(current) ? giveBack(deps, current) : current',
    replace: 'return current',
    test: payments,
  },
  {
    name: 'I12 what is settled may be settled again',
    file: `${payments}/store.ts`,
    search: 'where p.id = i.id and p.state = any(i.before)',
    replace: 'where p.id = i.id',
    test: payments,
  },
  {
    name: 'I14 a capture is booked on one side only',
    file: `${payments}/store.ts`,
    search: "(values ('gateway:' || c.gateway, c.captured), ('orders', -c.captured)) entry(account, amount)",
    replace: "(values ('gateway:' || c.gateway, c.captured)) entry(account, amount)",
    test: payments,
  },
  {
    name: 'S21 a message with a wrong signature is believed',
    file: 'kit/http/webhook-signature.ts',
    search: 'return genuine ? id : undefined',
    replace: 'return id',
    test: `kit/http/webhook-signature.test.ts ${payments}/messages.int.test.ts`,
  },
  {
    name: 'S21 an old message is believed',
    file: 'kit/http/webhook-signature.ts',
    search: 'if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return undefined',
    replace: '',
    test: 'kit/http/webhook-signature.test.ts',
  },
  {
    name: 'S21 the same message with another content is believed',
    file: `${payments}/commands/receive-message.ts`,
    search: 'if (!stored?.bodyHash.equals(hash)) throw errors.messageDiffers({ id })',
    replace: 'if (!stored) throw errors.messageDiffers({ id })',
    test: payments,
  },
  {
    name: 'S21 a message that speaks of more money is believed',
    file: `${payments}/commands/receive-message.ts`,
    search: "return amount > payment.amount ? 'amount' : undefined",
    replace: 'return undefined',
    test: 'services/payments/messages.int.test.ts',
  },
  {
    name: 'S29 card numbers are let in',
    file: 'kit/http/card-number.ts',
    search: 'return /[1-9]/.test(digits) && luhn(digits)',
    replace: 'return false',
    test: 'kit/http/card-number.test.ts',
  },
]
