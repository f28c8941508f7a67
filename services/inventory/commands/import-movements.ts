import type { Query } from '#kit/db/db.ts'
import { isCheckViolation } from '#kit/db/pg-errors.ts'
import { errors } from '../errors.ts'

export interface ImportedMovement {
  /** what makes it the same movement the next time */
  readonly reference: string
  readonly sku: string
  readonly delta: number
  readonly reason: string
  /** ISO 8601, when it happened */
  readonly at: string
}

/** Takes over what happened in another system, any number in one statement. Returns how many were new. */
export async function importMovements(sql: Query, movements: readonly ImportedMovement[]): Promise<number> {
  if (movements.length === 0) return 0
  try {
    const [row] = await sql<{ applied: number }[]>`select import_movements(${JSON.stringify(movements)}::text::jsonb) as applied`
    return row!.applied
  } catch (error) {
    if (isCheckViolation(error)) throw errors.balanceBelowZero()
    throw error
  }
}
