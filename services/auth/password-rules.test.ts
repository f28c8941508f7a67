import { expect, test } from 'vitest'
import { passwordObjection } from './password-rules.ts'

const ann = { email: 'ann.baker@shop.example', fullName: 'Ann Baker' }

test.each([
  'tidy-otter-rows',
  'aB3$xy9q',
  'zwölf Boxkämpfer',
  '日本語のパスワード文',
  'xxxynot-so-simple',
  'lowercaseonlybutlong',
  '8 signs!',
])('length is enough, kinds of characters do not matter: %j', (password) => {
  expect(passwordObjection(password, ann)).toBeUndefined()
})

test('seven characters are too few, 128 are fine, 129 are too many', () => {
  expect(passwordObjection('kd82lqp', ann)).toMatch(/at least 8/)
  expect(passwordObjection('kd82lqpz'.repeat(16), ann)).toBeUndefined()
  expect(passwordObjection(`${'kd82lqpz'.repeat(16)}x`, ann)).toMatch(/at most 128/)
})

test('characters are counted as people count them', () => {
  expect(passwordObjection('🐙🦑🐡🐠', ann)).toMatch(/at least 8/)
})

test.each([
  'password',
  'Password1',
  'P@ssw0rd123!',
  'passwordpassword',
  'qwertz123',
  'iloveyou!!',
  'letmein2024',
  'Welcome1!',
  'admin123',
  '!!changeme',
])('a well-known password is refused however it is dressed: %j', (password) => {
  expect(passwordObjection(password, ann)).toMatch(/guessed first/)
})

test.each(['12345678', '87654321', 'aaaaaaaa', 'abababab', 'abcdefghi', 'qwertyuiop', '1q2w3e4r', '1qaz2wsx'])(
  'a run is refused: %j',
  (password) => {
    expect(passwordObjection(password, ann)).toMatch(/guessed first/)
  },
)

test.each(['annbaker', 'AnnBaker1', 'ann.baker@shop.example', 'Baker!!!2', 'shop.example'])(
  'the own name or address is refused: %j',
  (password) => {
    expect(passwordObjection(password, ann)).toMatch(/too close/)
  },
)

test('a name inside a long sentence is fine', () => {
  expect(passwordObjection('ann rows the boat at dawn', ann)).toBeUndefined()
})
