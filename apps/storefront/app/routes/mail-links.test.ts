import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { RouterContextProvider } from 'react-router'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { visitContext } from '../../server/visit.ts'
import { loadLaterWords } from '../i18n/later.ts'
import { sessionContext } from '../session.server.ts'
import { action as unsubscribe } from './unsubscribe.tsx'
import { action as verifyEmail } from './verify-email.tsx'

let status: number
let api: Server
beforeAll(async () => {
  await loadLaterWords('en')
  api = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify({ code: 'x/y', status, title: 'No', detail: 'No.' }))
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
})
afterAll(() => api.close())

/** What the page of a link says when its button is pressed and the shop answers with this status. */
async function pressed(action: typeof unsubscribe | typeof verifyEmail, answered: number) {
  status = answered
  const { port } = api.address() as { port: number }
  const context = new RouterContextProvider()
  context.set(visitContext, { apiUrl: () => `http://127.0.0.1:${port}`, headers: {} } as never)
  context.set(sessionContext, { value: {}, change: () => undefined } as never)
  const request = new Request('https://shop.example/link', {
    method: 'POST',
    body: new URLSearchParams({ token: 'of the mail' }),
  })
  return await action({ context, request } as never)
}

describe.each([
  ['of a mail that asks for a confirmation', verifyEmail],
  ['that ends advertising', unsubscribe],
])('the link %s', (_link, action) => {
  it('is done with when the shop takes it', async () =>
    expect(await pressed(action, 200)).toMatchObject({ done: expect.stringMatching(/./) }))
  it('is not to be pressed again when the shop does not know it', async () =>
    expect(await pressed(action, 400)).toMatchObject({ message: expect.stringContaining('This link') }))
  it.each([429, 503])('can be pressed again when the shop is too busy for it (%i)', async (busy) =>
    expect(await pressed(action, busy)).toMatchObject({ again: true, message: expect.stringContaining('try again') }),
  )
  it('leads to the error page when the shop has failed', async () => await expect(pressed(action, 500)).rejects.toThrow())
})
