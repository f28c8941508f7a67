import { expect, test } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { createFinisher } from './finisher.ts'

const ended = (id: string) => ({ name: 'checkout', id, version: 0n, state: { type: 'confirmed' }, steps: [] })

test('the ends of checkouts of one moment are written together, and who asks before that learns the end all the same', async () => {
  const written: string[][] = []
  const finisher = createFinisher({ finish: async (rows) => void written.push(rows.map(({ id }) => id)) }, silentLogger)
  finisher.add(ended('1'))
  await Promise.resolve()
  finisher.add(ended('2'))

  expect(finisher.stateOf('checkout', '1')).toEqual({ type: 'confirmed' })
  expect(finisher.stateOf('checkout', '3')).toBeUndefined()

  await finisher.flush()
  expect(written).toEqual([['1', '2']])
  expect(finisher.stateOf('checkout', '1')).toBeUndefined()
})

test('an end that cannot be written is left to recovery', async () => {
  const finisher = createFinisher({ finish: () => Promise.reject(new Error('no database')) }, silentLogger)
  finisher.add(ended('1'))
  await finisher.flush()
  expect(finisher.stateOf('checkout', '1')).toBeUndefined()
})
