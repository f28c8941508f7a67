import Type from 'typebox'
import { EmailText, PasswordText, Proof, SecretText, SessionSchema } from './bodies.ts'
import { proofOf, userOf } from './callers.ts'
import { logIn } from '../commands/log-in.ts'
import { endSession, logOut, logOutEverywhere } from '../commands/log-out.ts'
import { refreshSession } from '../commands/refresh-session.ts'
import { verifyMfa } from '../commands/second-step.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { listSessions } from '../queries/list-sessions.ts'
import { MfaRequired, Tokens } from '#contracts/rpc/auth.ts'
import { Uuid } from '#contracts/values.ts'
import { anyone, del, get, post, type Route, signedIn } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

/*
 * `idempotency: 'handler'` throughout auth: an Idempotency-Key would keep the answer, and answers here are secrets. What
 * may be repeated is safe by itself: a refresh gives the same successor, a log-out ends nothing twice.
 */
const own = { idempotency: 'handler' } as const

export const signInRoutes = (deps: AuthDeps): Route[] => [
  post(
    '/api/auth/login',
    {
      ...own,
      priority: 'aside',
      access: anyone,
      summary: 'Sign in with e-mail and password',
      description:
        'Answers tokens, or `mfaRequired` with an `mfaToken` for POST /api/auth/mfa/verify where the account has a second step.',
      body: closed({ email: EmailText, password: PasswordText, totp: Type.Optional(Type.String({ pattern: '^[0-9]{6}$' })) }),
      response: Type.Union([Tokens, MfaRequired]),
      errors: [errors.badCredentials, errors.badCode, errors.accountDisabled, errors.tooManyAttempts, errors.busy],
    },
    ({ body, ip, headers }) => logIn(deps, { ...body, ip, userAgent: headers['user-agent'] }),
  ),
  post(
    '/api/auth/mfa/verify',
    {
      ...own,
      access: anyone,
      summary: 'Second step of signing in',
      body: closed({ mfaToken: SecretText, ...Proof }),
      response: Tokens,
      errors: [errors.badMfaToken, errors.badCode, errors.accountDisabled, errors.accountExists, errors.tooManyAttempts],
    },
    ({ body, ip, headers }) =>
      verifyMfa(deps, { mfaToken: body.mfaToken, proof: proofOf(body), ip, userAgent: headers['user-agent'] }),
  ),
  post(
    '/api/auth/refresh',
    {
      ...own,
      access: anyone,
      summary: 'Exchange a refresh token for new tokens',
      description:
        'Each refresh token works once. The same one again within 10 seconds gives the same answer; later it ends the session.',
      body: closed({ refreshToken: SecretText }),
      response: Tokens,
      errors: [errors.badRefreshToken],
    },
    ({ body }) => refreshSession(deps, body.refreshToken),
  ),
  post(
    '/api/auth/logout',
    {
      ...own,
      access: anyone,
      summary: 'End this session',
      description: 'The session of the access token, and that of the refresh token in the body.',
      body: closed({ refreshToken: Type.Optional(SecretText) }),
      status: 204,
    },
    async ({ principal, body }) => logOut(deps, principal, body.refreshToken),
  ),
  post(
    '/api/auth/logout-all',
    { ...own, access: signedIn, summary: 'End all sessions on all devices', status: 204 },
    async ({ principal }) => logOutEverywhere(deps, userOf(principal).id),
  ),
  get(
    '/api/auth/sessions',
    { access: signedIn, summary: 'Where the account is signed in', response: closed({ sessions: Type.Array(SessionSchema) }) },
    async ({ principal }) => {
      const user = userOf(principal)
      const sessions = await listSessions(deps, user.id)
      return {
        sessions: sessions.map((session) => ({
          ...session,
          createdAt: session.createdAt.toISOString(),
          lastUsedAt: session.lastUsedAt.toISOString(),
          expiresAt: session.expiresAt.toISOString(),
          current: session.id === user.sessionId,
        })),
      }
    },
  ),
  del(
    '/api/auth/sessions/:id',
    {
      ...own,
      access: signedIn,
      summary: 'End one of the own sessions',
      params: closed({ id: Uuid }),
      status: 204,
      errors: [errors.sessionNotFound],
    },
    async ({ principal, params }) => endSession(deps, userOf(principal).id, params.id),
  ),
]
