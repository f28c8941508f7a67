import type { FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { openFaces } from './faces.ts'

type Options = Parameters<typeof openFaces>[0]

test('S7: forms with which somebody who is not signed in shows or sets a password wait in the line of slow work, pages and carts in their own', () => {
  const faces = openFaces({
    settings: { publicUrl: 'https://shop.example' } as Options['settings'],
    secrets: { secret: () => Buffer.alloc(32, 1) } as unknown as Options['secrets'],
    log: silentLogger,
    apiUrl: () => '',
  })
  const slow = (method: string, url: string) => faces.aside!({ method, url } as FastifyRequest)
  const forms = ['/sign-in', '/sign-in?to=%2Fcart', '/sign-in.data', '/de/sign-in', '/register', '/de/register.data']
  for (const url of [...forms, '/reset-password', '/admin/session/sign-in']) expect(slow('POST', url), url).toBe(true)
  for (const url of ['/cart', '/de/cart.data', '/sign-in/provider/oidc', '/sign-out', '/checkout', '/admin/session/renew'])
    expect(slow('POST', url), url).toBe(false)
  for (const url of forms) expect(slow('GET', url), url).toBe(false)
})
