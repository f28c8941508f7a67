import { describe, expect, it } from 'vitest'
import { checkWeights, readWeights } from './weights.ts'

describe('weights of versions', () => {
  it('hold when each names a version that runs', () => {
    expect(
      checkWeights(
        [
          { version: 'blue', weight: 0 },
          { version: 'green', weight: 100 },
        ],
        ['blue', 'green'],
      ),
    ).toEqual({
      blue: 0,
      green: 100,
    })
  })

  it.each([
    ['a version that does not run', [{ version: 'v3', weight: 1 }], 'gateway/no-such-version'],
    [
      'a version named twice',
      [
        { version: 'v1', weight: 1 },
        { version: 'v1', weight: 2 },
      ],
      'gateway/weighted-twice',
    ],
    ['nobody who answers', [{ version: 'v1', weight: 0 }], 'gateway/nobody-left'],
  ])('are refused with %s', (_what, weights, code) => {
    expect(() => checkWeights(weights, ['v1', 'v2'])).toThrow(expect.objectContaining({ code }))
  })

  it('come from the setting, service by service', () => {
    const read = (texts: string[]) => readWeights(texts, (service) => (service === 'orders' ? ['v1', 'v2'] : undefined))
    expect(read(['orders@v1=90', 'orders@v2=10'])).toEqual(new Map([['orders', { v1: 90, v2: 10 }]]))
    expect(() => read(['cart@v1=1'])).toThrow(/GATEWAY_WEIGHTS names cart, which does not run in another process/)
    expect(() => read(['orders@v9=1'])).toThrow(/GATEWAY_WEIGHTS for orders: .*There are: v1, v2/)
  })
})
