import { expect } from 'vitest'
import { type Shop, staff } from './shop.fixture.ts'

export const tenPercent = { name: 'Ten percent', action: { kind: 'percent', basisPoints: 1000 } }

/** What staff does with promotions. `openedShop` is asked at each call: a test file opens its shop before all tests. */
export function promotionsIn(openedShop: () => Shop) {
  const asStaff = (method: string, url: string, body?: unknown, headers = {}) =>
    openedShop().service.request(method, url, { as: staff, headers, ...(body === undefined ? {} : { body }) })

  /** A promotion with codes; answers its id. */
  async function promote(body: object, codes: readonly string[] = [], usageLimit: number | null = null): Promise<string> {
    const made = await asStaff('POST', '/api/promotions', { ...tenPercent, ...body })
    expect(made.status).toBe(201)
    if (codes.length > 0)
      expect((await asStaff('POST', `/api/promotions/${made.body.id}/coupons`, { codes, usageLimit })).status).toBe(201)
    return made.body.id
  }
  const usesOf = async (id: string) => (await asStaff('GET', `/api/promotions/${id}`)).body.used as number
  return { asStaff, promote, usesOf }
}
