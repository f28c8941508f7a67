import type { Job } from '#kit/service/service.ts'
import type { Deps } from '../deps.ts'

const BATCH = 5000

/** Forgets old messages, in small steps so that nobody has to wait for it. */
export function cleanUp({ db: { sql }, settings }: Deps): Job {
  return {
    name: 'notifications-clean-up',
    everySeconds: 3600,
    async run(signal) {
      let removed = BATCH
      while (removed === BATCH && !signal.aborted) {
        const gone = await sql`
          delete from messages where id in (
            select m.id from messages m where m.state <> 'queued' and m.created_at < now() - make_interval(days => ${settings.keepDays}) limit ${BATCH})`
        removed = gone.count
      }
      await sql`delete from mailbox where at < now() - make_interval(days => ${settings.mailboxDays})`
    },
  }
}
