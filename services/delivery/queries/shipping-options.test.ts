import { expect, test } from 'vitest'
import { deadlineOf, until } from '#kit/core/context.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { createShippingOptions } from './shipping-options.ts'

test('the home of a channel is remembered for everybody, so it is not asked for in the time of who came first', async () => {
  const asked: (number | undefined)[] = []
  const options = createShippingOptions({
    sql: (async () => []) as never,
    products: {
      channel: async () => {
        asked.push(deadlineOf())
        return { country: 'AT' }
      },
    } as never,
    homeCountry: 'DE',
    log: silentLogger,
  })
  const subtotal = { amount: 100, currency: 'EUR' }
  const question = { channel: 'web', currency: 'EUR', country: 'AT', weightGrams: 1, subtotal }
  await until(Date.now() + 5, () => options.offers(question))
  await options.offers(question)
  expect(asked).toEqual([undefined])
})
