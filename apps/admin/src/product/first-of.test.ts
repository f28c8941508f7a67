import { describe, expect, it } from 'vitest'
import { firstOf } from './first-of.ts'

async function* three() {
  yield* ['cup', 'mug', 'jug']
}

describe('everything that fits', () => {
  it('is cut where it is too much, and says so', async () => {
    expect(await firstOf(three(), 2, () => true)).toEqual({ items: ['cup', 'mug'], more: true })
    expect(await firstOf(three(), 3, () => true)).toEqual({ items: ['cup', 'mug', 'jug'], more: false })
  })

  it('is not chosen when the filter was changed meanwhile: others are shown by then', async () => {
    const answers = [true, true, false]
    expect(await firstOf(three(), 5, () => answers.shift() ?? false)).toBeUndefined()
    expect(await firstOf((async function* () {})(), 5, () => false)).toBeUndefined()
  })
})
