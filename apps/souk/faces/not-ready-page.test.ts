import { fastify } from 'fastify'
import { expect, it } from 'vitest'
import { notReadyPage } from './not-ready-page.ts'

it('S25: the page of a shop that is opening can be put into no other page, and nobody keeps it', async () => {
  const app = fastify()
  app.get('/', (_request, reply) => notReadyPage(reply))
  const { statusCode, headers } = await app.inject({ url: '/' })
  expect(statusCode).toBe(503)
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers['cache-control']).toBe('no-store')
  expect(headers['retry-after']).toBe('2')
})
