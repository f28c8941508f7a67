import { expect, it } from 'vitest'
import { srcSetOf } from './widths.ts'

it('a picture of a list is fetched no larger than it is shown', () => {
  expect(srcSetOf('/api/products/media/ab-480.webp')).toBe(
    '/api/products/media/ab-160.webp 160w, /api/products/media/ab-480.webp 480w',
  )
})

it.each(['/api/products/media/ab-160.webp', '/api/products/media/ab-90.webp', '/elsewhere.png'])(
  '%s is there in no other width',
  (url) => {
    expect(srcSetOf(url)).toBeUndefined()
  },
)
