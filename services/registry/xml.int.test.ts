import { expect, it, onTestFinished } from 'vitest'
import { service } from './service.ts'
import { javascriptRegistration, SPRING, springRegistration } from './spring.fixture.ts'
import type { Principal } from '#kit/core/principal.ts'
import { startService } from '#kit/testing/service.ts'

const program: Principal = { kind: 'program', id: 'interop', permissions: new Set(['registry:read', 'registry:write']) }
const settings = { evictMs: 50, refreshMs: 50, maxInstances: 50, selfPreservation: true, preservePercent: 15, preserveCount: 2 }

it('clients that speak XML are told of everybody, and of what has changed', async () => {
  const registry = await startService(service, { settings })
  onTestFinished(() => registry.close())
  const send = (method: string, url: string, body?: unknown, headers: Record<string, string> = SPRING) =>
    registry.request(method, url, { as: program, headers, ...(body === undefined ? {} : { body }) })
  await send('POST', '/eureka/apps/INTEROP-CLIENT', springRegistration())
  await send('POST', '/eureka/apps/JS-CLIENT', javascriptRegistration())
  const xml = async (url: string) => {
    const answer = await send('GET', url, undefined, { accept: 'application/xml' })
    expect(answer.headers['content-type']).toBe('application/xml')
    return answer.raw.toString()
  }
  const named = (text: string) =>
    [...text.matchAll(/<application><name>([^<]+)<\/name>((?:<instance>.*?<\/instance>)+)<\/application>/g)].map(
      ([, name, instances = '']) => [name, [...instances.matchAll(/<instanceId>([^<]+)/g)].map(([, id]) => id)],
    )
  const all = await xml('/eureka/apps/')
  expect(all).toMatch(/^<applications><versions__delta>1<\/versions__delta><apps__hashcode>UP_2_<\/apps__hashcode>/)
  expect(all).toMatch(/<\/applications>$/)
  expect(named(all).sort()).toEqual([
    ['INTEROP-CLIENT', ['interop-client:41895']],
    ['JS-CLIENT', ['js:3000']],
  ])
  expect(all).toContain('<metadata><zone>interop</zone><management.port>41895</management.port></metadata>')
  expect((await send('DELETE', '/eureka/apps/JS-CLIENT/js:3000')).status).toBe(200)
  const delta = await xml('/eureka/apps/delta')
  expect(delta).toContain('<apps__hashcode>UP_1_</apps__hashcode>')
  const actionOf = (id: string) =>
    [...delta.matchAll(/<instance>.*?<\/instance>/g)].flatMap(([one]) =>
      one.includes(`<instanceId>${id}<`) ? [/<actionType>(\w+)/.exec(one)?.[1]] : [],
    )
  expect(actionOf('js:3000').at(-1)).toBe('DELETED')
  expect(actionOf('interop-client:41895')).toEqual(['ADDED'])
})
