import { describe, expect, it } from 'vitest'
import { busyPage, isRefusal, orBusyPage, unlessMissing } from './api.server.ts'
import type { Client } from '../../../packages/client/src/client.ts'
import { SoukError, UnreachableError } from '../../../packages/client/src/errors.ts'

const refused = (status: number) =>
  Promise.reject(new SoukError({ code: 'x/y', status, title: 'No', detail: 'No.' }, new Headers()))

describe('what a page asks for and is not there', () => {
  it('is nothing where the shop knows no such thing', async () => {
    expect(await unlessMissing(refused(404))).toBeUndefined()
    expect(await unlessMissing(Promise.resolve('a page'))).toBe('a page')
  })

  it('is nothing either at an address that no page can have, where the page says so', async () => {
    expect(await unlessMissing(refused(400), { orWrong: true })).toBeUndefined()
    await expect(unlessMissing(refused(400))).rejects.toMatchObject({ status: 400 })
  })

  it('stays an error where the shop is away', async () => {
    await expect(unlessMissing(refused(503), { orWrong: true })).rejects.toMatchObject({ status: 503 })
  })
})

describe('a question of a page', () => {
  const unheard = () => expect.unreachable()
  const asking = (status: number) =>
    orBusyPage({ call: () => refused(status) } as unknown as Client, unheard).call('GET /api/channels')

  it('that finds no room makes it a page that is not to be had for the moment', async () => {
    for (const status of [503, 429]) await expect(asking(status)).rejects.toBe(busyPage)
    expect(busyPage.init).toEqual({ status: 503 })
  })

  it('that gets no answer in time does as well', async () => {
    const silent = { call: () => Promise.reject(new UnreachableError('http://shop.test', undefined)) } as unknown as Client
    const heard: unknown[] = []
    await expect(orBusyPage(silent, (error) => heard.push(error)).call('GET /api/channels')).rejects.toBe(busyPage)
    expect(heard).toEqual([expect.any(UnreachableError)])
  })

  it('tells those who come back from another sign-in that it finds no room', async () => {
    const client = orBusyPage({ call: () => refused(503) } as unknown as Client, unheard)
    const start = client.call('POST /api/auth/providers/{key}/start', { path: { key: 'x' }, body: { for: 'shop', again: false } })
    await expect(start).rejects.toMatchObject({ status: 503, name: 'SoukError' })
  })

  it('that is refused for another reason tells the page why', async () => {
    for (const status of [404, 500]) await expect(asking(status)).rejects.toMatchObject({ status, name: 'SoukError' })
  })
})

describe('who filled in a form', () => {
  it('keeps it where the shop says no, or not now, and sees the error page where the shop is broken', () => {
    const refusals = [400, 409, 429, 500, 502, 503].filter((status) =>
      isRefusal(new SoukError({ code: 'x/y', status, title: 'No', detail: 'No.' }, new Headers())),
    )
    expect(refusals).toEqual([400, 409, 429, 503])
    expect(isRefusal(new Error('no answer'))).toBe(false)
  })
})
