import Type from 'typebox'
import { anyone, get, post, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { receiveMessage } from '../commands/receive-message.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { answerChallenge } from '../jobs/simulated-bank.ts'
import { BACK, challengePage } from './challenge-page.ts'

const Challenge = closed({ id: Type.String({ pattern: '^sim_[0-9A-Z]{20}$' }) })

/** What gateways call, and, where the shop is not in production, the bank that the simulated gateway sends shoppers to. */
export function messageRoutes(deps: Deps): Route[] {
  const webhooks = post(
    '/api/payments/webhooks/:gateway',
    {
      access: anyone,
      priority: 'high',
      summary: 'Receives messages of a payment gateway',
      description:
        'The signature over the raw body is checked first (Standard Webhooks headers for the simulated gateway). The same message again has no effect.',
      params: closed({ gateway: Type.String({ minLength: 1, maxLength: 40, pattern: '^[a-z0-9-]+$' }) }),
      rawBody: true,
      bodyLimit: 262_144,
      idempotency: 'handler',
      response: closed({
        state: Type.Union([Type.Literal('received'), Type.Literal('applied'), Type.Literal('ignored'), Type.Literal('parked')]),
      }),
      errors: [errors.unknownGateway, errors.badSignature, errors.badMessage, errors.messageDiffers],
    },
    ({ params, headers, rawBody }) =>
      receiveMessage(deps, { gateway: params.gateway, headers, body: rawBody ?? Buffer.alloc(0) }),
  )
  if (deps.environment === 'production') return [webhooks]
  return [
    webhooks,
    get(
      '/api/payments/simulated/challenges/:id',
      {
        access: anyone,
        summary: 'The page of the simulated bank (not in production)',
        params: Challenge,
        query: closed({ back: Type.Optional(Type.String({ maxLength: 300, pattern: BACK })) }),
        produces: 'text/html',
        errors: [errors.notFound],
      },
      async ({ params, query }) => {
        const [found] = await deps.db.sql<{ amount: bigint; currency: string; state: string }[]>`
          select s.amount, s.currency, s.state from sim_payments s where s.reference = ${params.id}`
        if (!found) throw errors.notFound()
        const { html, policy } = challengePage({
          amount: found.amount,
          currency: found.currency,
          open: found.state === 'challenge',
          back: query.back,
        })
        return new Reply(html, {
          headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy, 'cache-control': 'no-store' },
        })
      },
    ),
    post(
      '/api/payments/simulated/challenges/:id',
      {
        access: anyone,
        summary: 'Answers a challenge of the simulated bank (not in production)',
        params: Challenge,
        body: closed({ approve: Type.Boolean() }),
        idempotency: 'handler',
        response: closed({ outcome: Type.Union([Type.Literal('approved'), Type.Literal('declined')]) }),
        errors: [errors.challengeOver],
      },
      async ({ params, body }) => {
        const outcome = await answerChallenge(deps, params.id, body.approve)
        if (!outcome) throw errors.challengeOver()
        return { outcome }
      },
    ),
  ]
}
