import type { Deps } from '../deps.ts'
import { outcomeOf, pauseAfter } from '../endpoint.ts'

export interface Attempt {
  readonly durationMs: number
  readonly status?: number
  readonly retryAfter?: string | undefined
  readonly response?: string
  readonly error?: string
}

interface Sent {
  readonly id: string
  readonly endpointId: string
  /** number of this try: a sender whose lease was over, and whose work another one took, changes nothing */
  readonly attempts: number
  readonly step: number
}

/**
 * Writes down how a try ended and what follows from it. 410 switches the endpoint off; so does a message that was given up
 * when nothing else got through since it was made.
 */
export async function recordAttempt({ db, log }: Deps, sent: Sent, attempt: Attempt): Promise<void> {
  const outcome = outcomeOf(attempt.status, attempt.retryAfter)
  const pause = outcome.kind === 'failed' ? pauseAfter(sent.step, Math.random(), outcome.notBefore) : undefined
  const state = outcome.kind === 'delivered' ? 'delivered' : pause === undefined ? 'failed' : 'pending'
  const error = outcome.kind === 'delivered' ? null : (attempt.error ?? `answered ${attempt.status}`)
  const [off] = await db.sql<{ id: string; reason: string }[]>`
    with done as (
      update deliveries d set state = ${state}, step = d.step + 1, last_status = ${attempt.status ?? null}, last_error = ${error},
        next_at = now() + ${pause ?? 0} * interval '1 second', finished_at = case when ${state} = 'pending' then null else now() end
      where d.id = ${sent.id} and d.attempts = ${sent.attempts} and d.state = 'pending'
      returning d.id, d.endpoint_id, d.created_at
    ), logged as (
      insert into attempts (delivery_id, number, duration_ms, status, error, response)
      select done.id, ${sent.attempts}, ${attempt.durationMs}, ${attempt.status ?? null}::integer, ${attempt.error ?? null}::text, ${attempt.response ?? null}::text from done
    )
    update endpoints e set enabled = false, disabled_reason = ${outcome.kind === 'gone' ? 'gone' : 'failing'}, version = e.version + 1, updated_at = now()
      from done
     where e.id = done.endpoint_id and e.enabled and ${state} = 'failed'
       and (${outcome.kind === 'gone'} or not exists (
         select 1 from deliveries x where x.endpoint_id = e.id and x.state = 'delivered' and x.finished_at > done.created_at))
    returning e.id, e.disabled_reason as reason`
  if (off) log.warn({ endpointId: off.id, reason: off.reason }, 'a webhook endpoint was switched off')
}
