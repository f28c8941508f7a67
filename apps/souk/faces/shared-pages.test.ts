import { describe, expect, it } from 'vitest'
import { createSharedPages, SHARED_FOR_MS } from './shared-pages.ts'

/** A shop whose price changes, and how often it rendered. */
function counter(answer: (nonce: string, price: number) => Response = priced) {
  let time = 0
  let price = 10
  let renders = 0
  const share = createSharedPages(() => time)
  return {
    at: (ms: number) => {
      time = ms
    },
    cost: (now: number) => {
      price = now
    },
    renders: () => renders,
    ask: async (nonce: string, address = '/p/cup') => {
      const { body } = await share(address, nonce, async (given) => {
        renders += 1
        return answer(given, price)
      })
      return body.toString()
    },
  }
}
const html = (text: string, init: ResponseInit & { headers?: Record<string, string> } = {}) =>
  new Response(text, { ...init, headers: { 'content-type': 'text/html; charset=utf-8', ...init.headers } })

const priced = (nonce: string, price: number) => html(`<script nonce="${nonce}"></script>${price}`)

describe('a page for strangers', () => {
  it('is rendered once for all who ask at the same moment, each with a nonce of their own', async () => {
    const shop = counter()
    const pages = await Promise.all([shop.ask('one'), shop.ask('two'), shop.ask('three')])
    expect(pages).toEqual(['one', 'two', 'three'].map((nonce) => `<script nonce="${nonce}"></script>10`))
    expect(shop.renders()).toBe(1)
  })

  it('has the new price half a second after the change, and is another one at another address', async () => {
    const shop = counter()
    await shop.ask('a')
    shop.cost(20)
    shop.at(SHARED_FOR_MS - 1)
    expect(await shop.ask('b')).toContain('10')
    expect(await shop.ask('c', '/p/vase')).toContain('20')
    shop.at(SHARED_FOR_MS)
    expect(await shop.ask('d')).toContain('20')
  })

  it.each([
    ['was not found', () => html('no', { status: 404 })],
    ['wants something remembered', () => html('yes', { headers: { 'set-cookie': 'souk=secret' } })],
    ['is a file', () => new Response('%PDF', { headers: { 'content-type': 'application/pdf' } })],
  ])('is nobody else’s when it %s', async (_, answer) => {
    const shop = counter(answer)
    await shop.ask('a')
    await shop.ask('b')
    expect(shop.renders()).toBe(2)
  })

  it('is tried again when it failed', async () => {
    let broken = true
    const shop = counter(() => {
      if (broken) throw new Error('the catalogue is away')
      return html('here')
    })
    await expect(shop.ask('a')).rejects.toThrow('away')
    broken = false
    expect(await shop.ask('b')).toBe('here')
  })
})
