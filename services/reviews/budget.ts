import type { Tx } from '#kit/db/db.ts'
import { errors } from './errors.ts'
import type { Settings } from './settings.ts'

const HOUR = 3600
/** What an account may do so often in so many seconds. */
const KINDS = {
  write: { setting: 'writesPerDay', seconds: 24 * HOUR },
  vote: { setting: 'votesPerHour', seconds: HOUR },
  report: { setting: 'reportsPerDay', seconds: 24 * HOUR },
} as const satisfies Record<string, { setting: keyof Settings; seconds: number }>

/**
 * Takes one from somebody's budget. It is counted in the database, in the transaction of what it is for: the same in every process,
 * and what is refused for another reason costs nothing. Throws `reviews/too-many` with the seconds to wait.
 */
export async function spend(tx: Tx, settings: Settings, userId: string, kind: keyof typeof KINDS): Promise<void> {
  const { setting, seconds } = KINDS[kind]
  const taken = await tx`
    insert into budgets as b (user_id, kind) values (${userId}, ${kind})
        on conflict (user_id, kind) do update set
           used = case when b.begun_at <= now() - make_interval(secs => ${seconds}) then 1 else b.used + 1 end,
           begun_at = case when b.begun_at <= now() - make_interval(secs => ${seconds}) then now() else b.begun_at end
         where b.begun_at <= now() - make_interval(secs => ${seconds}) or b.used < ${settings[setting]}
    returning 1`
  if (taken.length > 0) return
  const [row] = await tx<{ wait: number }[]>`
    select ceil(extract(epoch from b.begun_at - now()) + ${seconds})::integer as wait from budgets b where b.user_id = ${userId} and b.kind = ${kind}`
  throw errors.tooMany({}, { retryAfterSeconds: Math.max(1, row?.wait ?? seconds) })
}
