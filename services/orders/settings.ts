import Type, { type Static } from 'typebox'
import { closed } from '#kit/messaging/event.ts'

export const Settings = closed({
  completeAfterDays: Type.Integer({
    default: 14,
    minimum: 1,
    maximum: 365,
    description: 'Days after delivery until an order counts as completed',
  }),
  keepAnswersDays: Type.Integer({
    default: 7,
    minimum: 1,
    maximum: 365,
    description: 'Days for which the answer to an Idempotency-Key of POST /api/orders can be repeated',
  }),
  returnDays: Type.Integer({
    default: 30,
    minimum: 0,
    maximum: 3650,
    description: 'Days after delivery in which customers may ask to send goods back',
  }),
  returnsSendWithinDays: Type.Integer({
    default: 30,
    minimum: 1,
    maximum: 365,
    description: 'Days after the approval in which the goods have to arrive; then the return is closed',
  }),
  returnsAutoApproveUpTo: Type.Integer({
    default: 0,
    minimum: 0,
    description: 'Requests for goods worth up to this (minor units) are approved without staff; 0: none',
  }),
  exchangePayWithinDays: Type.Integer({
    default: 7,
    minimum: 1,
    maximum: 7,
    description: 'Days in which the customer may pay the difference of an exchange; then the money goes back',
  }),
  draftDays: Type.Integer({
    default: 30,
    minimum: 1,
    maximum: 365,
    description: 'Days after its last change until a draft order is deleted',
  }),
  draftPayWithinHours: Type.Integer({
    default: 72,
    minimum: 1,
    maximum: 168,
    description: 'Hours for which an order placed from a draft without a payment waits for it, and its stock is held',
  }),
  editPayWithinHours: Type.Integer({
    default: 24,
    minimum: 1,
    maximum: 168,
    description: 'Hours for which a change of an order waits for what it costs more; then the order stays as it was',
  }),
  shopName: Type.String({ minLength: 1, maxLength: 60, default: 'Souk', description: 'Name of the seller on invoices' }),
  shopAddress: Type.String({ default: '', description: 'Address of the seller on invoices, lines separated by |' }),
  shopTaxId: Type.String({ default: '', maxLength: 40, description: 'Tax number of the seller on invoices' }),
})
export type Settings = Static<typeof Settings>
