import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { RouterContextProvider } from 'react-router'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { visitContext } from '../../server/visit.ts'
import { sessionContext } from '../session.server.ts'
import { loader } from './sitemap.ts'

const [FIRST, SECOND] = ['01890000-0000-7000-8000-000000000001', '01890000-0000-7000-8000-000000000002'] as const
let parts: readonly string[]
const answers = (path: string): unknown => {
  if (path === '/api/products/sitemap') return { parts }
  if (path === `/api/products/sitemap/${FIRST}`) return { slugs: ['blue-cup'] }
  if (path === `/api/products/sitemap/${SECOND}`) return { slugs: ['brass-lamp'] }
  if (path === '/api/categories') return { items: [{ slug: 'kitchen' }] }
  return { items: [{ slug: 'imprint' }] }
}

let api: Server
beforeAll(async () => {
  api = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answers(new URL(request.url ?? '', 'http://api').pathname)))
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
})
afterAll(() => api.close())

async function addressesAt(path: string): Promise<string[]> {
  const { port } = api.address() as { port: number }
  const context = new RouterContextProvider()
  const visit = { apiUrl: () => `http://127.0.0.1:${port}`, publicUrl: 'https://shop.example', headers: {} }
  context.set(visitContext, visit as never)
  context.set(sessionContext, { value: {}, change: () => undefined } as never)
  const answer = await loader({ context, request: new Request(`https://shop.example${path}`) } as never)
  return [...(await answer.text()).matchAll(/<loc>https:\/\/shop\.example([^<]*)/g)].map(([, found]) => found ?? '')
}

const PAGES = ['/', '/de', '/products', '/de/products', '/c/kitchen', '/de/c/kitchen', '/pages/imprint', '/de/pages/imprint']

describe('what search engines are told', () => {
  it('is one file of all pages and products while they fit, in both languages', async () => {
    parts = [FIRST]
    expect(await addressesAt('/sitemap.xml')).toEqual([...PAGES, '/p/blue-cup', '/de/p/blue-cup'])
  })

  it('is an index of files in a large shop, and each has its part', async () => {
    parts = [FIRST, SECOND]
    const files = ['pages', FIRST, SECOND].map((part) => `/sitemap.xml?part=${part}`)
    expect(await addressesAt('/sitemap.xml')).toEqual(files)
    const all = await Promise.all(files.map(addressesAt))
    expect(all.flat()).toEqual([...PAGES, '/p/blue-cup', '/de/p/blue-cup', '/p/brass-lamp', '/de/p/brass-lamp'])
  })

  it('is nothing where there is no such part', async () => {
    await expect(addressesAt('/sitemap.xml?part=../secrets')).rejects.toMatchObject({ init: { status: 404 } })
  })
})
