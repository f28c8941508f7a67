import type { Job } from '#kit/service/service.ts'
import type { Deps } from '../deps.ts'

/** Longer than the whole schedule: what waits for an endpoint that was switched off is given up then. */
const GIVE_UP_DAYS = 7
const BATCH = 5000

/** Forgets old deliveries, in small steps so that nobody has to wait for it. */
export function cleanUp({ db, settings }: Deps): Job {
  return {
    name: 'webhooks-clean-up',
    everySeconds: 3600,
    async run(signal) {
      const { sql } = db
      await sql`
        update deliveries d set state = 'failed', finished_at = now(), last_error = coalesce(d.last_error, 'the endpoint was switched off')
          from endpoints e
         where e.id = d.endpoint_id and not e.enabled and d.state = 'pending' and d.next_at < now() - make_interval(days => ${GIVE_UP_DAYS})`
      await sql`update endpoints set previous_secret = null, previous_until = null where previous_until <= now()`
      let removed = BATCH
      while (removed === BATCH && !signal.aborted) {
        const gone = await sql`
          delete from deliveries where id in (
            select d.id from deliveries d where d.state <> 'pending' and d.finished_at < now() - make_interval(days => ${settings.keepDays}) limit ${BATCH})`
        removed = gone.count
      }
      removed = BATCH
      while (removed === BATCH && !signal.aborted) {
        const gone = await sql`
          delete from messages where event_id in (
            select m.event_id from messages m
             where m.created_at < now() - make_interval(days => ${settings.keepDays})
               and not exists (select 1 from deliveries d where d.event_id = m.event_id) limit ${BATCH})`
        removed = gone.count
      }
    },
  }
}
