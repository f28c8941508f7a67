import { expect } from 'vitest'
import type { Sql } from '#kit/db/db.ts'
import { eventually } from '#kit/testing/eventually.ts'

/** Returns when some more events have reached the log, or nobody writes any more: spreads kills over a run, however fast the machine is. */
export async function someMorePublished(admin: Sql, writing: () => boolean): Promise<void> {
  const count = async () => Number((await admin<{ n: bigint }[]>`select count(*) as n from bus.log`)[0]!.n)
  const before = await count()
  await eventually(async () => expect(!writing() || (await count()) > before + 150).toBe(true), { timeoutMs: 45_000 })
}
