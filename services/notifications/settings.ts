import Type, { type Static } from 'typebox'

export const Settings = Type.Object({
  shopName: Type.String({
    minLength: 1,
    maxLength: 60,
    pattern: '^[^\\r\\n]+$',
    default: 'Souk',
    description: 'Name of the shop in mails',
  }),
  operationsEmail: Type.String({
    default: '',
    description: 'Who gets alerts, such as low stock; empty: nobody, in development the mailbox',
  }),
  operationsPhone: Type.String({ default: '', description: 'Also by SMS, to this number; empty: not' }),
  timeZone: Type.String({ default: 'UTC', description: 'Time zone of dates in mails, like Europe/Berlin' }),
  smsUrl: Type.String({
    default: 'mailbox:',
    secret: true,
    description: 'How SMS leave: `mailbox:` keeps them (development only), `twilio://<account>:<token>@<sender>` sends them',
  }),
  concurrency: Type.Integer({
    minimum: 1,
    maximum: 200,
    default: 50,
    description: 'Messages sent at the same time, in one process',
  }),
  maxAttempts: Type.Integer({
    minimum: 1,
    maximum: 100,
    default: 24,
    description: 'Tries until a message is given up; with the default that takes about four hours',
  }),
  keepDays: Type.Integer({ minimum: 1, maximum: 3650, default: 180, description: 'Days that messages stay in the log' }),
  mailboxDays: Type.Integer({
    minimum: 1,
    maximum: 3650,
    default: 30,
    description: 'Days that messages stay in the mailbox (development)',
  }),
  receiptsSecret: Type.String({
    default: '',
    secret: true,
    description: 'Secret (whsec_…) that signs delivery receipts; empty: derived from the installation',
  }),
})
export type Settings = Static<typeof Settings>
