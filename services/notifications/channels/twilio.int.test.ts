import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createTwilio } from './twilio.ts'

let server: Server
afterEach(() => void server.close())

async function provider(status: number) {
  const requests: { url: string; authorization: string; form: Record<string, string> }[] = []
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    requests.push({
      url: request.url!,
      authorization: request.headers.authorization!,
      form: Object.fromEntries(new URLSearchParams(body)),
    })
    response.writeHead(status).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { requests, api: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const sms = { id: '1', to: '+4915112345678', subject: '', text: 'Your code is 1234 & ä' }

it('sends an SMS as Twilio wants it', async () => {
  const { requests, api } = await provider(201)
  await createTwilio('twilio://AC123:to%2Fken@+4930999', api).send(sms)
  expect(requests).toEqual([
    {
      url: '/2010-04-01/Accounts/AC123/Messages.json',
      authorization: `Basic ${Buffer.from('AC123:to/ken').toString('base64')}`,
      form: { To: '+4915112345678', Body: 'Your code is 1234 & ä', From: '+4930999' },
    },
  ])
})

it.each([
  [400, 'rule'],
  [429, 'unavailable'],
  [503, 'unavailable'],
])('says of an answer %i whether another try is worth it', async (status, kind) => {
  const { api } = await provider(status)
  await expect(createTwilio('twilio://AC123:token@MGservice', api).send(sms)).rejects.toMatchObject({ kind })
})
