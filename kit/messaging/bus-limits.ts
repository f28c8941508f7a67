import type { SessionLimits } from '#kit/db/roles.ts'

/** The log is written in larger pieces than a service's tables, and by several at once. */
export const busLimits: SessionLimits = { statement: 10_000, lock: 5000, idleInTransaction: 5000 }
