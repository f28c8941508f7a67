import Type from 'typebox'
import { CodeText, EmailText, PasswordText, Proof, RecoveryCodes, SecretText } from './bodies.ts'
import { proofOf, userOf } from './callers.ts'
import { changePassword, resetPassword } from '../commands/change-password.ts'
import { requestReset, requestVerification } from '../commands/request-link.ts'
import { confirmMfa, disableMfa, enrolMfa, renewRecoveryCodes } from '../commands/second-factor.ts'
import { verifyEmail } from '../commands/verify-email.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { Tokens } from '#contracts/rpc/auth.ts'
import { anyone, del, post, Reply, type Route, signedIn } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

const own = { idempotency: 'handler' } as const
const guesses = [errors.badCredentials, errors.tooManyAttempts, errors.busy] as const

/** Password, mailbox and second factor of one's own account. */
export const credentialRoutes = (deps: AuthDeps): Route[] => [
  post(
    '/api/auth/password/forgot',
    {
      ...own,
      access: anyone,
      summary: 'Ask for a reset link',
      description: 'Always 202: whether there is such an account only its mailbox learns.',
      body: closed({ email: EmailText }),
      status: 202,
    },
    async ({ body, ip, locale }) => {
      await requestReset(deps, { email: body.email, ip, locale })
      return new Reply(undefined, { status: 202 })
    },
  ),
  post(
    '/api/auth/password/reset',
    {
      ...own,
      priority: 'aside',
      access: anyone,
      summary: 'Set a new password with a reset link',
      body: closed({ token: SecretText, password: PasswordText }),
      status: 204,
      errors: [errors.linkNotValid, errors.weakPassword, errors.busy],
    },
    async ({ body, ip }) => resetPassword(deps, { ...body, ip }),
  ),
  post(
    '/api/auth/password',
    {
      ...own,
      priority: 'aside',
      access: signedIn,
      summary: 'Change the password',
      description: 'Ends all sessions; the answer holds the tokens of a new one for this device.',
      body: closed({ currentPassword: PasswordText, newPassword: PasswordText }),
      response: Tokens,
      errors: [...guesses, errors.weakPassword],
    },
    ({ body, principal, ip, headers }) =>
      changePassword(deps, userOf(principal), { ...body, ip, userAgent: headers['user-agent'] }),
  ),
  post(
    '/api/auth/email/verify',
    {
      ...own,
      access: anyone,
      summary: 'Confirm the e-mail address with the link of the mail',
      body: closed({ token: SecretText }),
      status: 204,
      errors: [errors.linkNotValid],
    },
    async ({ body, principal }) => verifyEmail(deps, principal, body.token),
  ),
  post(
    '/api/auth/email/verify/resend',
    { ...own, access: signedIn, summary: 'Send the verification mail again', status: 202 },
    async ({ principal, locale }) => {
      await requestVerification(deps, userOf(principal).id, locale)
      return new Reply(undefined, { status: 202 })
    },
  ),
  post(
    '/api/auth/mfa/enrol',
    {
      ...own,
      priority: 'aside',
      access: signedIn,
      summary: 'Get a seed for an authenticator',
      description: 'The second step is on after POST /api/auth/mfa/confirm with a code made from it.',
      body: closed({ password: PasswordText }),
      response: closed({
        secret: Type.String({ description: 'base32' }),
        uri: Type.String({ description: 'otpauth URI for a QR code' }),
      }),
      errors: [...guesses, errors.mfaAlreadyOn],
    },
    ({ body, principal, ip }) => enrolMfa(deps, { userId: userOf(principal).id, password: body.password, ip }),
  ),
  post(
    '/api/auth/mfa/confirm',
    {
      ...own,
      access: signedIn,
      summary: 'Switch the second step on with a first code',
      body: closed({ code: CodeText }),
      response: RecoveryCodes,
      errors: [errors.badCode, errors.tooManyAttempts],
    },
    async ({ body, principal }) => ({ recoveryCodes: await confirmMfa(deps, userOf(principal).id, body.code) }),
  ),
  post(
    '/api/auth/mfa/recovery-codes',
    {
      ...own,
      priority: 'aside',
      access: signedIn,
      summary: 'Get new recovery codes; the old ones stop working',
      body: closed({ password: PasswordText, ...Proof }),
      response: RecoveryCodes,
      errors: [...guesses, errors.badCode, errors.mfaNotOn],
    },
    async ({ body, principal, ip }) => ({
      recoveryCodes: await renewRecoveryCodes(deps, { userId: userOf(principal).id, password: body.password, ip }, proofOf(body)),
    }),
  ),
  del(
    '/api/auth/mfa',
    {
      ...own,
      priority: 'aside',
      access: signedIn,
      summary: 'Switch the second step off',
      body: closed({ password: PasswordText, ...Proof }),
      status: 204,
      errors: [...guesses, errors.badCode, errors.mfaNotOn],
    },
    async ({ body, principal, ip }) =>
      disableMfa(deps, { userId: userOf(principal).id, password: body.password, ip }, proofOf(body)),
  ),
]
