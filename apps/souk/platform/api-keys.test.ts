import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { isApiKey, openApiKeys, withApiKeys } from './api-keys.ts'
import { apiKeyHash, apiKeyText, CHANGED_API_KEYS } from '#contracts/api-keys.ts'
import { deadlineOf, until } from '#kit/core/context.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { may } from '#kit/core/principal.ts'
import { anyone, can, get, ownerOr, signedIn } from '#kit/http/route.ts'
import { testApp } from '#kit/http/testing.ts'
import { createProcessMemory } from '#kit/memory/process-memory.ts'

interface Kept {
  keyId: string
  hash: string
  permissions: string[]
  expiresAt: string | null
}

/** auth as this process sees it, on a clock of its own. */
async function shop() {
  const kept: Kept[] = []
  const asked: string[][] = []
  const state = { time: 0, down: false, before: async () => {} }
  const memory = createProcessMemory()
  const keys = await openApiKeys(
    { memory },
    {
      async apiKeys({ used }: { used: string[] }) {
        asked.push(used)
        const answer = { keys: structuredClone(kept) }
        await state.before()
        if (state.down) throw new Error('auth is away')
        return answer
      },
    },
    () => state.time,
  )
  return {
    keys,
    state,
    asked,
    memory,
    kept,
    make(permissions: string[] = ['things:read'], expiresAt: string | null = null) {
      const keyId = uuidv7()
      const text = apiKeyText(keyId, randomBytes(32))
      kept.push({ keyId, hash: apiKeyHash(text).toString('base64url'), permissions, expiresAt })
      return { keyId, text }
    },
    revoke(keyId: string) {
      kept.splice(
        kept.findIndex((key) => key.keyId === keyId),
        1,
      )
    },
  }
}

let world: Awaited<ReturnType<typeof shop>>
beforeEach(async () => {
  world = await shop()
})
/** The code of the refusal, or the id of the key. */
const shown = async (text: string): Promise<string> => {
  try {
    return (await world.keys.verify(text)).id
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('a key is who it says, with its permissions and no others', async () => {
  const { keyId, text } = world.make(['orders:read-any'])
  const principal = await world.keys.verify(text)
  expect(principal).toMatchObject({ kind: 'key', id: keyId })
  expect(may(principal, 'orders:read-any')).toBe(true)
  expect(may(principal, 'orders:refund')).toBe(false)
})

test('S5: a wrong secret, an unknown key and what is no key are refused alike', async () => {
  const { keyId, text } = world.make()
  await shown(text)
  expect(await shown(apiKeyText(keyId, randomBytes(32)))).toBe('http/invalid-token')
  expect(await shown(apiKeyText(uuidv7(), randomBytes(32)))).toBe('http/invalid-token')
  expect(await shown(`${text}x`)).toBe('http/invalid-token')
  expect(await shown('souk_')).toBe('http/invalid-token')
})

test('S5: a key is not accepted after its end, also before the list was read again', async () => {
  const { text, keyId } = world.make(['things:read'], new Date(Date.now() + 3_600_000).toISOString())
  expect(await shown(text)).toBe(keyId)
  world.kept[0]!.expiresAt = new Date(Date.now() - 1).toISOString()
  world.state.time += 6_000
  expect(await shown(text)).toBe('http/invalid-token')
})

test('S5: a revoked key is refused at once where the word arrives', async () => {
  const { keyId, text } = world.make()
  expect(await shown(text)).toBe(keyId)
  world.revoke(keyId)
  await world.memory.notices(CHANGED_API_KEYS, 60).post([keyId])
  expect(await shown(text)).toBe('http/invalid-token')
})

test('and within five seconds where no word arrives', async () => {
  const { keyId, text } = world.make()
  expect(await shown(text)).toBe(keyId)
  world.revoke(keyId)
  world.state.time += 4_999
  expect(await shown(text)).toBe(keyId)
  world.state.time += 1
  expect(await shown(text)).toBe('http/invalid-token')
})

test('a list that was on its way while a key was revoked does not bring it back', async () => {
  const { keyId, text } = world.make()
  world.state.before = async () => {
    world.state.before = async () => {}
    world.revoke(keyId)
    world.keys.change(keyId)
  }
  expect(await shown(text)).toBe('http/invalid-token')
  expect(world.asked).toHaveLength(2)
})

test('a new key works in the moment it was made', async () => {
  const first = world.make()
  expect(await shown(first.text)).toBe(first.keyId)
  const second = world.make()
  world.keys.change(second.keyId)
  expect(await shown(second.text)).toBe(second.keyId)
})

test('guessing keys asks auth once a second at most', async () => {
  for (let guess = 0; guess < 50; guess += 1) await shown(apiKeyText(uuidv7(), randomBytes(32)))
  expect(world.asked).toHaveLength(1)
  world.state.time += 1_000
  for (let guess = 0; guess < 50; guess += 1) await shown(apiKeyText(uuidv7(), randomBytes(32)))
  expect(world.asked).toHaveLength(2)
})

test('a known key asks once in five seconds, and says then that it was used', async () => {
  const { keyId, text } = world.make()
  for (let request = 0; request < 50; request += 1) await shown(text)
  expect(world.asked).toEqual([[]])
  world.state.time += 5_000
  await shown(text)
  expect(world.asked).toEqual([[], [keyId]])
})

test('while auth is away known keys work for a minute, then nobody is let in; a revoked one never is', async () => {
  const known = world.make()
  const gone = world.make()
  expect(await shown(known.text)).toBe(known.keyId)
  world.state.down = true
  world.state.time += 30_000
  expect(await shown(known.text)).toBe(known.keyId)
  world.keys.change(gone.keyId)
  expect(await shown(gone.text)).toBe('http/unavailable')
  expect(await shown(known.text)).toBe(known.keyId)
  world.state.time += 30_000
  expect(await shown(known.text)).toBe('http/unavailable')
  world.state.down = false
  expect(await shown(known.text)).toBe(known.keyId)
})

test('S5: a key opens what its permissions say, and nothing that belongs to a person', async () => {
  const { text } = world.make(['things:read'])
  const tokens = withApiKeys({ verify: () => Promise.reject(new Error('not asked')), clear: () => {} }, world.keys)
  const say = async ({ principal }: { principal: { kind: string } }) => ({ kind: principal.kind })
  const { default: Type } = await import('typebox')
  const response = Type.Object({ kind: Type.String() })
  const app = testApp(
    [
      get('/open', { access: anyone, summary: 'Open', response }, say),
      get('/mine', { access: signedIn, summary: 'Mine', response }, say),
      get('/things', { access: can('things:read'), summary: 'Things', response }, say),
      get('/money', { access: can('money:read'), summary: 'Money', response }, say),
      get('/own-things', { access: ownerOr('things:read'), summary: 'Things of somebody', response }, say),
      get('/own-money', { access: ownerOr('money:read'), summary: 'Money of somebody', response }, say),
    ],
    { edge: { tokens } },
  )
  const ask = async (url: string, headers = { authorization: `Bearer ${text}` }) =>
    (await app.inject({ url, headers })).statusCode
  expect(isApiKey(text)).toBe(true)
  const answers: Record<string, number> = {}
  for (const url of ['/open', '/mine', '/things', '/money', '/own-things', '/own-money']) answers[url] = await ask(url)
  expect(answers).toEqual({ '/open': 200, '/mine': 403, '/things': 200, '/money': 403, '/own-things': 200, '/own-money': 403 })
  expect(await ask('/open', { authorization: `Bearer ${text}x` })).toBe(401)
  await app.close()
})

test('every key has a budget of its own', async () => {
  const one = world.make()
  const other = world.make()
  const tokens = withApiKeys({ verify: () => Promise.reject(new Error('not asked')), clear: () => {} }, world.keys)
  const { default: Type } = await import('typebox')
  const app = testApp([get('/open', { access: anyone, summary: 'Open', response: Type.Object({}) }, async () => ({}))], {
    edge: { tokens, rateLimit: { max: 2 } },
  })
  const ask = async ({ text }: { text: string }) =>
    (await app.inject({ url: '/open', headers: { authorization: `Bearer ${text}` } })).statusCode
  expect([await ask(one), await ask(one), await ask(one), await ask(other)]).toEqual([200, 200, 429, 200])
  await app.close()
})

test('the list of keys is read for everybody, not in the time of the request that happened to show one', async () => {
  const left: (number | undefined)[] = []
  world.state.before = async () => void left.push(deadlineOf())
  const { keyId, text } = world.make()
  expect(await until(Date.now() + 5, () => shown(text))).toBe(keyId)
  expect(left).toEqual([undefined])
})
