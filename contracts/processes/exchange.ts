import Type, { type Static } from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineProcessContract } from '#kit/process/contract.ts'

/** The goods of an exchange are back. */
export const ExchangeInput = closed({ returnId: Uuid })
export type ExchangeInput = Static<typeof ExchangeInput>

export const ExchangeResult = closed({ outcome: Type.Union([Type.Literal('replaced'), Type.Literal('refunded')]) })
export type ExchangeResult = Static<typeof ExchangeResult>

/** Replacement order → difference → shipped; or, where there is no replacement, the money back. */
export const exchange = defineProcessContract('exchange', 'orders', { input: ExchangeInput, result: ExchangeResult })
