import Type from 'typebox'
import { expect, test } from 'vitest'
import { call, Language, log, send } from './app.fixture.ts'
import { buildApp } from './app.ts'
import { anyone, post } from './route.ts'
import { closed, mapOf } from '#kit/messaging/event.ts'
import { silentLogger } from '#kit/service/logger.ts'

test('query parameters become numbers, booleans and lists; bodies never change type', async () => {
  expect((await call('/api/things?limit=5&tag=a&sold=true')).json().query).toEqual({ limit: 5, tag: ['a'], sold: true })
  expect((await call('/api/things?tag=a&tag=b')).json().query).toEqual({ limit: 20, tag: ['a', 'b'] })
  const answer = await send('{"name":"Mug","size":"3"}')
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({
    code: 'http/invalid-input',
    errors: [{ pointer: '/size', message: 'must be an integer' }],
  })
})

test.each([
  ['/api/things?limit=x', '?limit', 'must be an integer'],
  ['/api/things?limit=1&limit=2', '?limit', 'must be an integer'],
  ['/api/things?limit=1000', '?limit', 'must be <= 100'],
  ['/api/things?role=admin', '?role', 'is not a known field'],
  ['/api/things?__proto__=1', '?__proto__', 'is not a known field'],
  ['/api/trace?anything=1', '?anything', 'is not a known field'],
  ['/api/things/A1', '{id}', 'does not have the expected form'],
])('GET %s is refused with a pointer to the mistake', async (url, pointer, message) => {
  const answer = await call(url)
  expect(answer.statusCode).toBe(400)
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(answer.json().errors).toEqual([{ pointer, message }])
})

test.each([
  ['an unknown field', '{"name":"Mug","role":"admin"}', '/role', 'is not a known field'],
  ['a prototype', '{"name":"Mug","__proto__":{"admin":true}}', '/__proto__', 'is not a known field'],
  ['an escaped prototype', '{"name":"Mug","__pr\\u006fto__":{"admin":true}}', '/__proto__', 'is not a known field'],
  ['a constructor', '{"name":"Mug","constructor":{"prototype":{}}}', '/constructor', 'is not a known field'],
  ['a missing field', '{}', '/name', 'is required'],
  ['a wrong choice', '{"name":"Mug","kind":"c"}', '/kind', 'must be one of "a", "b"'],
  ['a null character', '{"name":"Mu\\u0000g"}', '/name', 'must not contain a null character'],
  ['half of a surrogate pair', '{"name":"Mu\\ud83dg"}', '/name', 'must not contain half of a character'],
  ['no body', '', '', 'a JSON body is required'],
  ['half a body', '{"name":', '', 'ends before the JSON is complete'],
  ['a number too far', '{"name":"Mug","size":1e400}', '/size', 'must be an integer'],
])('S4: %s in the body is refused', async (_what, payload, pointer, message) => {
  const answer = await send(payload)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().errors).toEqual([{ pointer, message }])
})

test('S20: a thousand brackets are refused, not a reason to fall over', async () => {
  const answer = await send(`{"name":${'['.repeat(20_000)}${']'.repeat(20_000)},"x":"\\u0041"}`)
  expect(answer.statusCode).toBe(400)
})

test('a route that wants no body takes none and an empty object, but no fields', async () => {
  expect((await call({ method: 'DELETE', url: '/api/things/mug' })).statusCode).toBe(204)
  expect((await call({ method: 'DELETE', url: '/api/things/mug', payload: {} })).statusCode).toBe(204)
  expect((await call({ method: 'DELETE', url: '/api/things/mug', payload: { force: true } })).statusCode).toBe(400)
})

test('S29: a card number never gets in, wherever it stands', async () => {
  for (const name of [
    '4111111111111111',
    '4111 1111 1111 1111',
    'my card 5555-5555-5555-4444, thanks',
    '\\u0034111111111111111',
  ]) {
    const answer = await send(`{"name":"${name}"}`)
    expect(answer.statusCode, name).toBe(422)
    expect(answer.body, name).not.toMatch(/[45][15 -]{12}/)
  }
  expect((await send('{"name":"Mug","size":4111111111111111}')).json().code).toBe('http/card-number')
  expect(JSON.stringify(log.lines)).not.toContain('11111111')
})

test('content types other than the declared are refused before the body is read', async () => {
  for (const type of [
    'text/plain',
    'application/xml',
    'application/vnd.api+json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'json',
  ]) {
    const answer = await send('{"name":"Mug"}', { 'content-type': type })
    expect(answer.statusCode, type).toBe(415)
    expect(answer.json().code).toBe('http/unsupported-media-type')
  }
  for (const type of ['application/json;charset=utf-8', 'Application/JSON', 'application/json ; x=y'])
    expect((await send('{"name":"Mug"}', { 'content-type': type })).statusCode, type).toBe(201)
  expect((await send('{"name":"Mug"}', { 'content-encoding': 'gzip' })).statusCode).toBe(415)
})

test('S20: a body beyond the limit is refused', async () => {
  const answer = await send(JSON.stringify({ name: 'x'.repeat(64 * 1024) }))
  expect(answer.statusCode).toBe(413)
  expect(answer.json().code).toBe('http/too-large')
})

test('an upload arrives as bytes, a webhook as it was signed', async () => {
  expect((await send(Buffer.alloc(100_000), { 'content-type': 'image/png' }, '/api/upload')).json()).toEqual({ bytes: 100_000 })
  expect((await send('a;b', { 'content-type': 'text/csv' }, '/api/upload')).json()).toEqual({ bytes: 3 })
  expect((await send('{}', {}, '/api/upload')).statusCode).toBe(415)
  expect((await send('{ "a" : 1 }', {}, '/api/hook')).json()).toEqual({ raw: '{ "a" : 1 }' })
})

test('addresses that are no addresses are refused politely', async () => {
  expect((await call('/api/things/%zz')).json().code).toBe('http/malformed-request')
  expect((await call('/api/things/mug%00')).json().code).toBe('http/malformed-request')
  expect((await call(`/api/things/${'a'.repeat(500)}`)).json().code).toBe('http/uri-too-long')
})

test('a map takes the keys it names and no others, with nothing unchecked under them', async () => {
  const route = post(
    '/api/texts',
    { access: anyone, summary: '', body: mapOf(Language, closed({ title: Type.String() })) },
    async () => undefined,
  )
  const app = buildApp({ log: silentLogger, services: [{ name: 'x', routes: [route] }] })
  const sent = (payload: unknown) => app.inject({ method: 'POST', url: '/api/texts', payload: payload as object })
  expect((await sent({ en: { title: 'Mug' } })).statusCode).toBe(204)
  for (const body of [{ english: null }, { 'e\nn': {} }, { en: { title: 'Mug', role: 'ADMIN' } }, { '': 1 }])
    expect((await sent(body)).json().code).toBe('http/invalid-input')
})
