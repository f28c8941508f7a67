import { expect, test } from 'vitest'
import { deadlineOf, until } from '#kit/core/context.ts'
import { OrderAttributes } from './order-attributes.ts'

test('orders of one moment ask for the definitions together, each as long as it may: not in the time of the first', async () => {
  const asked: (number | undefined)[] = []
  const attributes = new OrderAttributes({
    attributes: async () => {
      asked.push(deadlineOf())
      return { definitions: [] }
    },
  } as never)
  await Promise.all([until(Date.now() + 5, () => attributes.check({})), attributes.check({})])
  expect(asked).toEqual([undefined])
})
