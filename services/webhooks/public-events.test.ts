import { expect, it } from 'vitest'
import { publicEvents } from './public-events.ts'

it('knows the events of every contract without a list of its own, and keeps sign-ins and links to itself', () => {
  const types = [...publicEvents.keys()]
  expect(types).toEqual(
    expect.arrayContaining([
      'OrderCreated.v1',
      'PaymentProcessed.v1',
      'ProductUpdated.v1',
      'DeliveryCompleted.v1',
      'UserRegistered.v1',
    ]),
  )
  expect(
    types
      .filter((type) => /Authenticated|Login|Token|Session|Requested\.v1$/.test(type))
      .filter((type) => type !== 'ReturnRequested.v1'),
  ).toEqual([])
})
