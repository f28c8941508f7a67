import type { FastifyReply, FastifyRequest } from 'fastify'
import { seal, unseal } from '#kit/core/sealed.ts'
import { createVouching, VOUCH_SECRET, VOUCHED_CLIENT } from '#kit/http/forward/vouch.ts'
import type { Pages } from '#kit/http/pages.ts'
import { pathOf } from '#kit/http/problem.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import { openProviderWay } from './admin-provider.ts'
import { cookieOf } from './cookie.ts'
import { builtFace, FACES, ROOT } from './face-builds.ts'
import { isForged } from './forged.ts'
import { notReadyPage } from './not-ready-page.ts'
import { openStaticFiles, type StaticFiles } from './static-files.ts'

export interface AdminOptions {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly log: Logger
  /** where this process answers the API, once it listens */
  readonly apiUrl: () => string
}

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresIn: number
  readonly userId: string
}

const HOURS = 12

/** Makes the files of the admin where they are missing or old; returns their folder. */
export const buildAdmin = (log: Logger): Promise<string> =>
  builtFace(FACES.admin, ROOT, () => log.info({}, 'building the admin, once after a change'))

/**
 * The admin below /admin: files, and three calls that keep what renews a token in a cookie which scripts cannot read. The access token itself goes to
 * the page and stays in its memory; everything else the page asks of the API directly.
 */
export function openAdmin({ settings, secrets, log, apiUrl }: AdminOptions): Pages {
  const key = secrets.secret('admin/session')
  const vouch = createVouching(secrets.secret(VOUCH_SECRET))
  const secure = settings.publicUrl.startsWith('https:')
  const cookieName = secure ? '__Secure-souk-staff' : 'souk-staff'
  let files: StaticFiles | undefined
  let opening: Promise<void> | undefined
  const opened = () => files

  async function load(): Promise<void> {
    files = openStaticFiles(await buildAdmin(log), { hashed: '/admin/assets/', prefix: '/admin/' })
  }
  const ready = (): Promise<void> => {
    opening ??= load().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }

  const cookieWith = (value: string, seconds: number) =>
    `${cookieName}=${value}; Path=/admin/session; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure ? '; Secure' : ''}`

  const keep = (refreshToken: string) =>
    cookieWith(seal(key, 'staff', Buffer.from(refreshToken)).toString('base64url'), HOURS * 3600)

  function refreshTokenOf(request: FastifyRequest): string | undefined {
    const sealed = cookieOf(request, cookieName)
    if (!sealed) return undefined
    try {
      return unseal(key, 'staff', Buffer.from(sealed, 'base64url')).toString()
    } catch {
      return undefined
    }
  }

  const ask = (request: FastifyRequest, path: string, body: object): Promise<Response> =>
    fetch(`${apiUrl()}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [VOUCHED_CLIENT]: vouch(request.ip),
        'x-correlation-id': request.correlationId,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })

  const elsewhere = openProviderWay({ ask, keep, secure })

  async function session(action: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.header('cache-control', 'no-store')
    const refreshToken = refreshTokenOf(request)
    if (action === 'sign-out') {
      const left = refreshToken
        ? await ask(request, '/api/auth/providers/sign-out', { refreshToken, for: 'admin' }).catch(() => undefined)
        : undefined
      reply.header('set-cookie', cookieWith('', 0))
      if (left?.ok) await reply.type('application/json').send(await left.text())
      else await reply.code(204).send()
      return
    }
    // asked by every page that opens: that nobody is signed in yet is no error
    if (action === 'renew' && !refreshToken) {
      await reply.code(204).send()
      return
    }
    const body = action === 'renew' ? { refreshToken } : readBody(request)
    if (!body) {
      await reply.code(400).type('application/json').send('{"detail":"This is not JSON."}')
      return
    }
    const response = await ask(request, action === 'renew' ? '/api/auth/refresh' : signInPathOf(body), body)
    const text = await response.text()
    reply.code(response.status).type('application/json')
    const tokens = response.ok ? (JSON.parse(text) as Partial<Tokens>) : undefined
    if (!tokens?.refreshToken) {
      // a refusal, or a second step to take
      await reply.send(text)
      return
    }
    const { refreshToken: next, ...shown } = tokens
    await reply.header('set-cookie', keep(next)).send(JSON.stringify(shown))
  }

  return {
    owns: (path) => path === '/admin' || path.startsWith('/admin/'),
    aside: (request) => request.method === 'POST' && pathOf(request.url) === '/admin/session/sign-in',
    file: (request, reply) => opened()?.send(pathOf(request.url), request, reply) ?? false,
    async answer(request, reply) {
      const path = pathOf(request.url)
      const [, action] = /^\/admin\/session\/(sign-in|renew|sign-out)$/.exec(path) ?? []
      if (request.method === 'POST') {
        if (!action || isForged(request, settings.publicUrl)) return void (await reply.code(403).send())
        return await session(action, request, reply)
      }
      if (await elsewhere.answer(path, request, reply)) return
      await ready().catch((error: unknown) => log.error({ err: error }, 'the admin cannot be shown'))
      const now = opened()
      if (!now) return notReadyPage(reply)
      reply.header('content-security-policy', POLICY).header('cache-control', 'no-cache')
      // addresses of screens are the page's own business
      if (!now.send(path, request, reply)) now.send('/admin/index.html', request, reply)
    },
  }
}

/** Which step of which way to sign in this is, by what it shows. */
function signInPathOf(body: object): string {
  if ('credential' in body) return '/api/auth/passkeys/sign-in'
  return 'mfaToken' in body ? '/api/auth/mfa/verify' : '/api/auth/login'
}

function readBody(request: FastifyRequest): Record<string, unknown> | undefined {
  try {
    const body = JSON.parse((request.body as Buffer).toString()) as unknown
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')
