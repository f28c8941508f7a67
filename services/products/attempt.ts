import Type, { type Static } from 'typebox'
import { DomainError, isTransient } from '#kit/core/errors.ts'
import type { Tx } from '#kit/db/db.ts'
import { closed } from '#kit/messaging/event.ts'

/** Why one of many was refused, as an answer of its own would say it. */
export const Refusal = closed({
  code: Type.String(),
  message: Type.String(),
  fields: Type.Array(closed({ pointer: Type.String(), message: Type.String() })),
})
export type Refusal = Static<typeof Refusal>

/** Does one of many: what is refused leaves no trace of itself, and the others stay. Anything but a refusal ends them all. */
export async function attempt<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<{ done: T } | { refused: Refusal }> {
  try {
    return { done: (await tx.savepoint((inner) => work(inner as Tx))) as T }
  } catch (error) {
    if (!(error instanceof DomainError) || isTransient(error)) throw error
    return { refused: { code: error.code, message: error.message, fields: error.fields } }
  }
}
