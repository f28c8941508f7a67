import { unseal } from '#kit/core/sealed.ts'
import { OutwardFailed, type OutwardAnswer, sendOutward } from '#kit/http/outward.ts'
import { OutwardRefused } from '#kit/http/outward-url.ts'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { drain } from '#kit/service/drain.ts'
import type { Job } from '#kit/service/service.ts'
import { recordAttempt } from '../commands/record-attempt.ts'
import type { Deps } from '../deps.ts'
import { secretBytes } from '../endpoint.ts'
import { sealName } from '../queries/endpoints.ts'

/** Beginning of an answer that goes into the log. */
const RESPONSE_BYTES = 2048
/** A delivery whose sender is silent for this long after its time was up is taken by another one. */
const LEASE_MARGIN_MS = 30_000

export interface TakenDelivery {
  readonly id: string
  readonly endpointId: string
  readonly eventId: string
  readonly url: string
  readonly body: string
  readonly secret: Buffer
  readonly previousSecret: Buffer | null
  readonly attempts: number
  readonly step: number
}

/** Sends what is due. Any number of processes may: each takes rows by moving their time ahead. */
export function sendDeliveries(deps: Deps): Job {
  const busy = new Map<string, number>()
  const count = (endpointId: string, by: number) => {
    const now = (busy.get(endpointId) ?? 0) + by
    if (now === 0) busy.delete(endpointId)
    else busy.set(endpointId, now)
  }
  return {
    name: 'webhooks-send',
    everySeconds: 0.2,
    run: (signal) =>
      drain<TakenDelivery>({
        concurrency: deps.settings.concurrency,
        signal,
        async claim(free) {
          const taken = await takeDue(deps, busy, free)
          for (const { endpointId } of taken) count(endpointId, 1)
          return taken
        },
        async work(delivery) {
          try {
            await sendOne(deps, delivery, signal)
          } finally {
            count(delivery.endpointId, -1)
          }
        },
      }),
  }
}

/** At most a few at once for each endpoint: one that hangs fills its own places only. */
async function takeDue({ db, settings }: Deps, busy: ReadonlyMap<string, number>, free: number): Promise<TakenDelivery[]> {
  const running = JSON.stringify([...busy].map(([endpoint_id, running]) => ({ endpoint_id, running })))
  return await db.sql<TakenDelivery[]>`
    with due as (
      select o.id from endpoints e
        left join jsonb_to_recordset(${running}::text::jsonb) as b (endpoint_id uuid, running integer) on b.endpoint_id = e.id
       cross join lateral (
         select d.id from deliveries d
          where d.endpoint_id = e.id and d.state = 'pending' and d.next_at <= now()
          order by d.next_at
          limit greatest(0, ${settings.endpointConcurrency} - coalesce(b.running, 0))
            for update skip locked) o
       where e.enabled
       limit ${free}
    )
    update deliveries d set attempts = d.attempts + 1, next_at = now() + ${settings.timeoutMs + LEASE_MARGIN_MS} * interval '1 millisecond'
      from due, endpoints e, messages m
     where d.id = due.id and e.id = d.endpoint_id and m.event_id = d.event_id
    returning d.id, d.endpoint_id as "endpointId", d.event_id as "eventId", e.url, m.body, e.secret,
      case when e.previous_until > now() then e.previous_secret end as "previousSecret", d.attempts, d.step`
}

async function sendOne(deps: Deps, delivery: TakenDelivery, signal: AbortSignal): Promise<void> {
  const begun = performance.now()
  const result = await tryToSend(deps, delivery, signal)
  const durationMs = Math.round(performance.now() - begun)
  if ('error' in result && result.error === 'stopped') {
    // by us, not by them: whoever runs next takes it at once
    await deps.db
      .sql`update deliveries set next_at = now() where id = ${delivery.id} and attempts = ${delivery.attempts} and state = 'pending'`
    return
  }
  await recordAttempt(deps, delivery, { durationMs, ...result })
}

type Result = { status: number; retryAfter: string | undefined; response: string } | { error: string }

async function tryToSend(deps: Deps, delivery: TakenDelivery, signal: AbortSignal): Promise<Result> {
  const body = Buffer.from(delivery.body)
  try {
    const secrets = [delivery.secret, delivery.previousSecret].filter((sealed) => sealed !== null)
    const keys = secrets.map((sealed) => secretBytes(unseal(deps.key, sealName(delivery.endpointId), sealed).toString()))
    const answer = await sendOutward({
      url: delivery.url,
      method: 'POST',
      headers: {
        ...signWebhook(keys, delivery.eventId, body, new Date()),
        'content-type': 'application/json',
        'content-length': String(body.length),
        'user-agent': 'Souk-Webhooks/1.0',
      },
      body,
      timeoutMs: deps.settings.timeoutMs,
      maxBytes: RESPONSE_BYTES,
      allowPrivate: deps.settings.allowPrivate,
      signal,
      ...(deps.resolve ? { resolve: deps.resolve } : {}),
    })
    return { status: answer.status, retryAfter: answer.headers['retry-after'], response: textOf(answer) }
  } catch (error) {
    if (error instanceof OutwardRefused) return { error: `the address ${error.message}` }
    if (error instanceof OutwardFailed) return { error: error.reason === 'stopped' ? 'stopped' : error.message }
    deps.log.error({ err: error, deliveryId: delivery.id }, 'a webhook could not be prepared')
    return { error: 'could not be prepared' }
  }
}

/** PostgreSQL keeps no NUL in texts. */
function textOf({ body, truncated }: OutwardAnswer): string {
  return body.toString('utf8').replaceAll('\0', '\uFFFD') + (truncated ? '…' : '')
}
