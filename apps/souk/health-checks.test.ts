import { expect, it } from 'vitest'
import { checkSlotCap } from './health-checks.ts'

it('doctor warns of a server on which a slot that nobody reads may fill the disk', () => {
  expect(checkSlotCap('-1')).toMatchObject([{ check: 'replication slots', state: 'warning' }])
  expect(checkSlotCap('2GB')).toEqual([])
})
