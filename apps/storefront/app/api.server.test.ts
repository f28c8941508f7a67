import { describe, expect, it } from 'vitest'
import { unlessMissing } from './api.server.ts'
import { SoukError } from '../../../packages/client/src/errors.ts'

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
