import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookieOf } from './cookie.ts'

interface Way {
  /** asks the API in the name of this request */
  readonly ask: (request: FastifyRequest, path: string, body: object) => Promise<Response>
  /** keeps what renews the session; returns the header that does it */
  readonly keep: (refreshToken: string) => string
  readonly secure: boolean
}

const SECONDS = 600

/**
 * The way of staff to another sign-in and back. The ticket waits in a cookie of its own: that of the session is not sent along when
 * somebody comes from another site. What goes wrong is named in the address by its code, never by a text that a stranger could write.
 */
export function openProviderWay({ ask, keep, secure }: Way) {
  const name = secure ? '__Secure-souk-trip' : 'souk-trip'
  const cookie = (value: string, seconds: number) =>
    `${name}=${value}; Path=/admin/session/provider; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? '; Secure' : ''}`
  const to = (reply: FastifyReply, url: string) => reply.header('cache-control', 'no-store').redirect(url, 303)
  const refuse = (reply: FastifyReply, code: unknown) =>
    to(reply, `/admin?refused=${encodeURIComponent(typeof code === 'string' ? code : 'auth/provider-refused')}`)
  /** Our own API did not answer in time, or not at all: as if the provider had not. */
  const askOrSay = (request: FastifyRequest, path: string, body: object) =>
    ask(request, path, body).catch(() => Response.json({ code: 'auth/provider-unavailable' }, { status: 503 }))
  const problemOf = async (response: Response) => ((await response.json().catch(() => ({}))) as { code?: unknown }).code

  async function leave(key: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const response = await askOrSay(request, `/api/auth/providers/${encodeURIComponent(key)}/start`, { for: 'admin' })
    if (!response.ok) return void (await refuse(reply, await problemOf(response)))
    const { url, ticket } = (await response.json()) as { url: string; ticket: string }
    reply.header('set-cookie', cookie(ticket, SECONDS))
    await to(reply, url)
  }

  async function arrive(provider: string, query: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const ticket = cookieOf(request, name)
    if (!ticket) return void (await refuse(reply, undefined))
    const response = await askOrSay(request, '/api/auth/providers/finish', { provider, ticket, query })
    const gone = cookie('', 0)
    if (!response.ok) return void (await refuse(reply.header('set-cookie', gone), await problemOf(response)))
    const answer = (await response.json()) as { refreshToken?: string; mfaToken?: string }
    reply.header('set-cookie', answer.refreshToken ? [gone, keep(answer.refreshToken)] : gone)
    // behind the #: it goes to no server and into no log
    await to(reply, answer.refreshToken ? '/admin' : `/admin#second-step=${encodeURIComponent(answer.mfaToken ?? '')}`)
  }

  return {
    /** Answers GET below /admin/session/provider; false: not such an address. */
    async answer(path: string, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
      const [, key, back] = /^\/admin\/session\/provider\/([a-z0-9-]{1,40})(\/return)?$/.exec(path) ?? []
      if (request.method !== 'GET' || !key) return false
      const [, query = ''] = request.url.split('?')
      if (back) await arrive(key, query || 'nothing', request, reply)
      else await leave(key, request, reply)
      return true
    },
  }
}
