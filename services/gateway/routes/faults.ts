import Type from 'typebox'
import { errors } from '../errors.ts'
import type { Faults } from '../faults.ts'
import { anyone, put, type Route } from '#kit/http/route.ts'
import { verifyWebhook } from '#kit/http/webhook-signature.ts'
import { closed } from '#kit/messaging/event.ts'

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/

const Rule = closed({
  prefix: Type.String({
    pattern: '^/api/[^?#%]*[^/?#%]$',
    maxLength: 200,
    description: '`/api/products`: this address and all below it',
  }),
  percent: Type.Number({ minimum: 0, maximum: 100, description: 'of the requests' }),
  delayMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000 })),
  abort: Type.Optional(
    Type.Union([Type.Integer({ minimum: 500, maximum: 599 }), Type.Literal('reset')], {
      description: 'status of the answer, or `reset`: the connection ends without one',
    }),
  ),
  seconds: Type.Integer({ minimum: 1, maximum: 3_600, description: 'until it ends by itself' }),
})
const Rules = closed({ faults: Type.Array(Rule, { maxItems: 50 }) })

/**
 * Making requests fail on purpose, for tests. Three locks: a key in the environment (without one, or in production, this route does not exist),
 * a caller on this machine, and a signature of that key. Whoever lacks one of them hears that there is nothing here.
 */
export function faultRoutes(faults: Faults | undefined, key: string | undefined): readonly Route[] {
  if (!faults || key === undefined) return []
  const secrets = [Buffer.from(key)]
  const used = new Map<string, number>()
  /** A recorded request must not work twice. */
  const fresh = (id: string): boolean => {
    const now = Date.now()
    for (const [old, at] of used) if (now - at > 600_000) used.delete(old)
    if (used.has(id)) return false
    used.set(id, now)
    return true
  }
  return [
    put(
      '/api/gateway/faults',
      {
        access: anyone,
        summary: 'Make requests fail on purpose (tests only): these rules instead of all before',
        description:
          'Only with GATEWAY_FAULTS_KEY, outside of production, from this machine, and signed with that key as a webhook is (`webhook-id`, `webhook-timestamp`, `webhook-signature`).',
        body: Rules,
        rawBody: true,
        idempotency: 'none',
        response: Rules,
        errors: [errors.notFound],
      },
      async ({ ip, headers, rawBody, body }) => {
        const id = LOOPBACK.test(ip) ? verifyWebhook(secrets, headers, rawBody ?? Buffer.alloc(0), new Date()) : undefined
        if (id === undefined || !fresh(id)) throw errors.notFound()
        faults.replace(body.faults)
        return { faults: [...faults.rules] }
      },
    ),
  ]
}
