import type { FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { openProviderWay } from './admin-provider.ts'

/** Comes back from a provider, with the ticket, while the API answers so. */
async function comeBack(ask: (path: string, body: object) => Promise<Response>, path = '/admin/session/provider/company/return') {
  const headers: Record<string, unknown> = {}
  const seen: { to?: string } = {}
  const reply = {
    header(name: string, value: unknown) {
      headers[name] = value
      return reply
    },
    redirect(to: string) {
      seen.to = to
      return reply
    },
  }
  const way = openProviderWay({ ask: (_, to, body) => ask(to, body), keep: (token) => `session=${token}`, secure: false })
  const request = { method: 'GET', url: `${path}?code=c&state=s`, headers: { cookie: 'souk-trip=ticket' } }
  const answered = await way.answer(path, request as FastifyRequest, reply as unknown as FastifyReply)
  return { answered, to: seen.to, cookie: headers['set-cookie'] }
}

describe('staff who come back from another sign-in', () => {
  it('are told that it does not answer when our own API does not either', async () => {
    const { to } = await comeBack(() => Promise.reject(new DOMException('too late', 'TimeoutError')))
    expect(to).toBe('/admin?refused=auth%2Fprovider-unavailable')
  })

  it('are signed in by what came to the address of that provider', async () => {
    let asked: object | undefined
    const { to, cookie } = await comeBack(async (_, body) => {
      asked = body
      return Response.json({ refreshToken: 'r' })
    })
    expect(asked).toEqual({ provider: 'company', ticket: 'ticket', query: 'code=c&state=s' })
    expect(to).toBe('/admin')
    expect(cookie).toContain('session=r')
  })

  it('come back to no address without a provider', async () => {
    expect(await comeBack(async () => Response.json({}), '/admin/session/provider')).toMatchObject({ answered: false })
  })
})
