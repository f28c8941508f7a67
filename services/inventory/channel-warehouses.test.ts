import { expect, test } from 'vitest'
import { deadlineOf, until } from '#kit/core/context.ts'
import { createWarehousesOf } from './channel-warehouses.ts'

test('reservations of one moment ask for the warehouses of a channel together, and not in the time of the first', async () => {
  const asked: (number | undefined)[] = []
  const warehousesOf = createWarehousesOf({
    channel: async () => {
      asked.push(deadlineOf())
      return { warehouses: ['north'] } as never
    },
  })
  const answers = await Promise.all([until(Date.now() + 5, () => warehousesOf('web')), warehousesOf('web')])
  expect([answers, asked]).toEqual([[['north'], ['north']], [undefined]])
})
