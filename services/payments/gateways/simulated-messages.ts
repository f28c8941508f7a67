import Type, { type Static } from 'typebox'
import { Check } from 'typebox/value'
import type { GatewayMessage, MessageFact } from './gateway.ts'
import { Currency, MinorUnits } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { errors } from '../errors.ts'

/** What the simulated gateway posts to us. Nothing else is accepted from it: upstream data is input like any other. */
export const SimulatedMessage = closed({
  id: Type.String({ minLength: 1, maxLength: 100 }),
  type: Type.Union([
    Type.Literal('payment.authorized'),
    Type.Literal('payment.captured'),
    Type.Literal('payment.declined'),
    Type.Literal('payment.voided'),
    Type.Literal('chargeback.opened'),
    Type.Literal('chargeback.closed'),
  ]),
  key: Type.String({ maxLength: 100 }),
  reference: Type.String({ minLength: 1, maxLength: 100 }),
  amount: MinorUnits,
  currency: Currency,
  reason: Type.Optional(Type.String({ maxLength: 200 })),
  chargeback: Type.Optional(Type.String({ maxLength: 100 })),
  won: Type.Optional(Type.Boolean()),
})
export type SimulatedMessage = Static<typeof SimulatedMessage>

/** Reads a message whose signature was checked. The signed id and the one in the body must be the same. */
export function parseSimulatedMessage(id: string, body: Buffer): GatewayMessage {
  const message = readJson(body)
  if (!Check(SimulatedMessage, message) || message.id !== id) throw errors.badMessage()
  const { reference, key, currency } = message
  return { id, key, reference, amount: BigInt(message.amount), currency, fact: factOf(message) }
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw errors.badMessage({}, { cause: error })
  }
}

function factOf(message: SimulatedMessage): MessageFact {
  const { reference } = message
  const amount = BigInt(message.amount)
  const chargeback = message.chargeback ?? reference
  switch (message.type) {
    case 'payment.authorized':
      return { kind: 'authorized', reference }
    case 'payment.captured':
      return { kind: 'captured', reference }
    case 'payment.declined':
      return { kind: 'declined', reference, reason: message.reason ?? 'card-declined' }
    case 'payment.voided':
      return { kind: 'voided', reference }
    case 'chargeback.opened':
      return { kind: 'chargeback-opened', chargeback, amount, reason: message.reason ?? 'unknown' }
    case 'chargeback.closed':
      return { kind: 'chargeback-closed', chargeback, won: message.won ?? false }
  }
}
