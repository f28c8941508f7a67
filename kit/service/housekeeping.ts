import { pruneChanges } from '#kit/cache/change-list.ts'
import type { Db } from '#kit/db/db.ts'
import { idempotencyPurgeJob } from '#kit/http/idempotency.ts'
import { pruneInbox } from '#kit/messaging/log-admin.ts'
import type { Job } from './service.ts'

/** Longer than the bus keeps events: a mark that could still be needed is never removed. */
const INBOX_DAYS = 35
/** How long staff can look at flows that have ended. */
const FLOW_DAYS = 90

/** What every service's schema needs to stay small. */
export function housekeeping(db: Db): Job[] {
  return [
    idempotencyPurgeJob(db),
    {
      name: 'prune-inbox',
      everySeconds: 3600,
      run: async (signal) => {
        for (let round = 0; round < 500 && !signal.aborted; round += 1) if ((await pruneInbox(db.sql, INBOX_DAYS)) === 0) return
      },
    },
    {
      name: 'forget-old-changes',
      everySeconds: 3600,
      run: async () => void (await pruneChanges(db.sql)),
    },
    {
      name: 'forget-ended-flows',
      everySeconds: 6 * 3600,
      run: async (signal) => {
        for (let round = 0; round < 500 && !signal.aborted; round += 1) {
          const { count } = await db.sql`
            delete from processes where (processes.name, processes.id) in (
              select old.name, old.id from processes old
              where old.status = 'done' and old.updated_at < now() - make_interval(days => ${FLOW_DAYS}) limit 5000)`
          if (count === 0) return
        }
      },
    },
  ]
}
