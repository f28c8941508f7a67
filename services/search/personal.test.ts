import { expect, test } from 'vitest'
import { isPersonal } from './personal.ts'

test.each([
  '4111111111111111',
  '4111 1111 1111 1111',
  '4111.1111.1111.1111',
  '４１１１１１１１１１１１１１１１',
  'mug 5555-5555-5555-4444',
  'ann@example.com',
  'order of ann@example.com please',
  'ann＠example.com',
  '+49 151 23456784',
  '0049 (0)30 5557779',
  '030 5557779 9',
  '0151-23456784',
  '015123456784',
])('S29: a search for %j is nobody’s business', (typed) => {
  expect(isPersonal(typed)).toBe(true)
})

test.each([
  '',
  'linen sofa',
  '4006381333931',
  '5901234123457',
  '036000291452',
  '00012345600012',
  '96385074',
  'SKU-0815',
  '2 x 4 @ home',
  '10 000 mah',
  'iphone 15 256 gb',
  '1000-2000',
])('a search for %j is about goods', (typed) => {
  expect(isPersonal(typed)).toBe(false)
})
