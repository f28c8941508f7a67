import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { seal, unseal } from '#kit/core/sealed.ts'
import { createVouching, VOUCH_SECRET, VOUCHED_CLIENT } from '#kit/http/forward/vouch.ts'
import type { Pages } from '#kit/http/pages.ts'
import { pathOf } from '#kit/http/problem.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { AnswerPage, StorefrontModule } from '../../storefront/server/visit.ts'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import { builtFace, FACES, ROOT } from './face-builds.ts'
import { isForged } from './forged.ts'
import { notReadyPage } from './not-ready-page.ts'
import { createSharedPages, type WholePage, wholePage } from './shared-pages.ts'
import { openStaticFiles, type StaticFiles } from './static-files.ts'

export interface StorefrontOptions {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly log: Logger
  /** where this process answers the API, once it listens */
  readonly apiUrl: () => string
}

interface Open {
  readonly files: StaticFiles
  readonly pages: AnswerPage
}

/** Makes the files of the storefront where they are missing or old; returns their folder. */
export const buildStorefront = (log: Logger): Promise<string> =>
  builtFace(FACES.storefront, ROOT, () => log.info({}, 'building the storefront, once after a change'))

/** The addresses below which only the API, operations and documentation answer. */
const NOT_PAGES = /^\/(api|internal|actuator|v3|swagger-ui|docs|eureka|\.well-known)(\/|$|\.)/i

/** A service worker fetches by its own policy, and the page it shows brings its looks along. */
const OFFLINE = {
  '/sw.js': "default-src 'none'; connect-src 'self'",
  '/offline.html': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
}

/** Pages whose forms have pictures, and how large such a form may be: one photograph of a telephone, and its words. */
const TAKES_PICTURES = /^(\/de)?\/p\/[^/]+\/review(\.data)?$/
const PICTURES_BYTES = 10 * 1024 * 1024 + 64 * 1024

/** Forms with which somebody who is not signed in shows or sets a password. */
const TAKES_PASSWORDS = /^(\/de)?\/(sign-in|register|reset-password)(\.data)?\/?$/

/**
 * The storefront on the port of the gateway. Its server part is loaded at the first page that is asked for, so that a shop that only
 * serves an API does not pay for it; while it is being built, a page says so.
 */
export function openStorefront({ settings, secrets, log, apiUrl }: StorefrontOptions): Pages {
  const key = secrets.secret('storefront/session')
  const vouch = createVouching(secrets.secret(VOUCH_SECRET))
  const { publicUrl } = settings
  const shared = createSharedPages()
  const secure = publicUrl.startsWith('https:')
  let open: Open | undefined
  const opened = () => open
  let opening: Promise<void> | undefined

  async function load(): Promise<void> {
    const folder = await buildStorefront(log)
    const server = (await import(pathToFileURL(join(folder, 'server/index.js')).href)) as StorefrontModule
    const pages = server.createPages({
      apiUrl,
      publicUrl,
      secure,
      demo: settings.environment !== 'production',
      seal: (plain) => seal(key, 'session', Buffer.from(plain)).toString('base64url'),
      unseal: (sealed) => unseal(key, 'session', Buffer.from(sealed, 'base64url')).toString(),
      report: (error) => log.error({ err: error }, 'a page failed'),
    })
    open = { pages, files: openStaticFiles(join(folder, 'client'), { hashed: '/assets/', policies: OFFLINE }) }
  }

  /** A build that failed is tried again at the next page, not at every one while it runs. */
  function ready(): Promise<void> {
    opening ??= load().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }

  /** Somebody is signed in, as far as the sealed cookie tells: strangers must not make us keep their megabytes. */
  function isMember(request: FastifyRequest): boolean {
    const sealed = /(?:^|; )(?:__Host-)?souk=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
    if (sealed === undefined) return false
    try {
      const session = JSON.parse(unseal(key, 'session', Buffer.from(sealed, 'base64url')).toString()) as { user?: unknown }
      return session.user !== undefined
    } catch {
      return false
    }
  }

  return {
    owns: (path) => !NOT_PAGES.test(path),
    bodyLimit: (request) => (TAKES_PICTURES.test(pathOf(request.url)) && isMember(request) ? PICTURES_BYTES : undefined),
    aside: (request) => request.method === 'POST' && TAKES_PASSWORDS.test(pathOf(request.url)),
    file: (request, reply) => opened()?.files.send(pathOf(request.url), request, reply) ?? false,
    async answer(request, reply) {
      if (!opened()) {
        const patience = new Promise<void>((resolve) => setTimeout(resolve, 1_500).unref())
        await Promise.race([
          ready().catch((error: unknown) => log.error({ err: error }, 'the storefront cannot be shown')),
          patience,
        ])
      }
      const now = opened()
      if (!now) return notReadyPage(reply)
      // the file asked for may be one of the build that has just finished
      if (now.files.send(pathOf(request.url), request, reply)) return
      if (isForged(request, publicUrl)) {
        reply.code(403).type('text/plain; charset=utf-8').send('This form was sent by another site.')
        return
      }
      const nonce = randomBytes(16).toString('base64url')
      const headers = {
        [VOUCHED_CLIENT]: vouch(request.ip),
        'x-correlation-id': request.correlationId,
        traceparent: `00-${request.id}-${randomBytes(8).toString('hex')}-01`,
      }
      const page = isStranger(request)
        ? await shared(
            request.originalUrl,
            nonce,
            async (given) => await now.pages(plainRequest(request, publicUrl), { headers, nonce: given }),
          )
        : await wholePage(await now.pages(toRequest(request, publicUrl), { headers, nonce }))
      await sendPage(request, reply, page, policyOf(nonce, secure))
    },
  }
}

/** Nothing is known of them, so a page looks the same to all of them: most first visits, and all search engines. */
const isStranger = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' && !/(?:^|; ?)(?:__Host-)?souk=/.test(headers.cookie ?? '')

/** Without anything of who asks: others get the answer too. */
const plainRequest = ({ originalUrl }: FastifyRequest, publicUrl: string): Request => new Request(new URL(originalUrl, publicUrl))

function toRequest(request: FastifyRequest, publicUrl: string): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !name.startsWith(':')) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  const gone = new AbortController()
  request.raw.once('close', () => {
    if (!request.raw.complete) gone.abort()
  })
  const body = request.method === 'GET' || request.method === 'HEAD' ? undefined : (request.body as Buffer | undefined)
  // A form's own origin has been looked at by `isForged`; everything else is asked of the shop's address, whatever host the request names.
  const origin = body ? (request.headers.origin ?? publicUrl) : publicUrl
  return new Request(new URL(request.originalUrl, origin), {
    method: request.method,
    headers,
    signal: gone.signal,
    ...(body ? { body: new Uint8Array(body) } : {}),
  })
}

async function sendPage(request: FastifyRequest, reply: FastifyReply, page: WholePage, policy: string): Promise<void> {
  const { status, headers, body } = page
  reply.code(status).header('cache-control', 'private, no-cache')
  for (const [name, value] of headers) if (name !== 'set-cookie') reply.header(name, value)
  const cookies = headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)
  if (cookies.length > 0) reply.header('set-cookie', cookies)
  reply
    .header('content-security-policy', policy)
    .header('referrer-policy', 'same-origin')
    .header('vary', 'Accept-Encoding, Cookie')
  if (body.length === 0) {
    await reply.send()
    return
  }
  const packed = COMPRESSIBLE.test(String(reply.getHeader('content-type') ?? '')) && body.length > 1_024
  if (!packed || !/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    await reply.send(body)
    return
  }
  reply.header('content-encoding', 'gzip')
  await reply.send(await compress(body, { level: 5 }))
}

const compress = promisify(gzip)
const COMPRESSIBLE = /^text\/|json|xml|text\/x-script/

const policyOf = (nonce: string, secure: boolean): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(secure ? ['upgrade-insecure-requests'] : []),
  ].join('; ')
