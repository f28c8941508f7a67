import { expect, test } from 'vitest'
import Type from 'typebox'
import { closed, defineEvent } from './event.ts'
import { createEventDecoder, INVALID_EVENT, UNKNOWN_VERSION } from './event-decoder.ts'
import { on } from './bus.ts'
import { compareSchemas, eventJsonSchema, isBreaking } from './schemas.ts'

const line = { sku: Type.String(), quantity: Type.Integer({ minimum: 1 }) }
const before = closed({ orderId: Type.String(), note: Type.Optional(Type.String()), lines: Type.Array(closed(line)) })
const changes = (after: object) => compareSchemas(before as never, after as never)

test('a published schema says what the event is called, where it travels and what orders it', () => {
  const Placed = defineEvent('Placed.v1', 'order', 'orderId', 'An order was placed.', before)
  expect(eventJsonSchema(Placed as never)).toMatchObject({
    $id: 'urn:souk:event:Placed.v1',
    'x-topic': 'order.events',
    'x-ordering-key': 'orderId',
    type: 'object',
    required: ['orderId', 'lines'],
    additionalProperties: false,
  })
})

test('a new optional field, a better description and no change at all break nobody', () => {
  expect(changes(before)).toEqual([])
  expect(changes(closed({ ...before.properties, orderId: Type.String({ description: 'better' }) }))).toEqual([])
  const added = changes(closed({ ...before.properties, gift: Type.Optional(Type.Boolean()) }))
  expect(added).toEqual([{ pointer: '/gift', breaking: false, message: 'an optional field was added' }])
})

test.each([
  ['a removed field', closed({ orderId: Type.String(), lines: Type.Array(closed(line)) }), '/note'],
  ['a new required field', closed({ ...before.properties, channel: Type.String() }), '/channel'],
  ['a field that becomes required', closed({ ...before.properties, note: Type.String() }), '/note'],
  ['a field that becomes optional', closed({ ...before.properties, orderId: Type.Optional(Type.String()) }), '/orderId'],
  ['another type', closed({ ...before.properties, orderId: Type.Integer() }), '/orderId'],
  [
    'a narrower number deep inside',
    closed({ ...before.properties, lines: Type.Array(closed({ ...line, quantity: Type.Integer({ minimum: 2 }) })) }),
    '/lines/items/quantity',
  ],
])('%s needs a new version', (_name, after, pointer) => {
  const found = changes(after)
  expect(isBreaking(found)).toBe(true)
  expect(found.filter((change) => change.breaking).map((change) => change.pointer)).toContain(pointer)
})

test('consumers accept fields they do not know, and refuse wrong data, foreign envelopes and unknown versions', () => {
  const Placed = defineEvent('Placed.v1', 'order', 'orderId', 'An order was placed.', before)
  const decoder = createEventDecoder([on(Placed, async () => {})], ['Placed.v0'])
  const record = (data: object, change: object = {}, type = 'Placed.v1') => {
    const event = { specversion: '1.0', id: 'e1', type, subject: 'o1', data, ...change }
    return {
      topic: 'order.events',
      partition: 0,
      offset: 0n,
      key: 'o1',
      eventId: 'e1',
      type,
      value: Buffer.from(JSON.stringify(event)),
    }
  }
  const good = { orderId: 'o1', lines: [{ sku: 'A', quantity: 1 }] }
  const codeOf = (r: ReturnType<typeof record>) => {
    const decoded = decoder.decode(r)
    return decoded.kind === 'refused' ? decoded.error.code : decoded.kind
  }
  expect(codeOf(record(good))).toBe('event')
  expect(codeOf(record({ ...good, gift: true, lines: [{ sku: 'A', quantity: 1, colour: 'red' }] }))).toBe('event')
  expect(codeOf(record({ ...good, lines: [{ sku: 'A', quantity: '1' }] }))).toBe(INVALID_EVENT)
  expect(codeOf(record(good, { subject: 'o2' }))).toBe(INVALID_EVENT)
  expect(codeOf({ ...record(good), value: Buffer.from('{') })).toBe(INVALID_EVENT)
  expect(codeOf(record(good, {}, 'Placed.v2'))).toBe(UNKNOWN_VERSION)
  expect(codeOf(record(good, {}, 'Placed.v0'))).toBe('ignored')
})
