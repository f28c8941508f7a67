import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { closed, defineEvent, type EventDefinition } from '#kit/messaging/event.ts'
import { breakingChanges, schemaFiles } from '../../apps/souk/reference/event-schemas.ts'
import { generateReference, publishedSchemas } from '../../apps/souk/reference/generate.ts'

const root = new URL('../../', import.meta.url)

describe('the published event schemas', async () => {
  const { files, events, services, consumers } = await generateReference(root)
  const published = await publishedSchemas(root)

  it('break nobody who reads them', () => {
    expect(breakingChanges(events, published, consumers)).toEqual([])
  })

  it('are what the code says', () => {
    const made = [...files].filter(([path]) => path.startsWith('contracts/schemas/'))
    const stale = made.filter(([path, text]) => published.get(path) !== text).map(([path]) => path)
    expect(stale, 'run `npm run docs` and commit contracts/schemas').toEqual([])
    expect([...published.keys()].filter((path) => !files.has(path))).toEqual([])
  })

  it('belong to one publisher each', () => {
    const publishersOf = (type: string) => services.filter(({ publishes = [] }) => publishes.some((event) => event.type === type))
    const shared = events.filter(({ type }) => publishersOf(type).length > 1).map(({ type }) => type)
    expect(shared).toEqual([])
  })

  it('are declared by a publisher wherever somebody waits for them', () => {
    const publishedTypes = new Set(
      services.flatMap(({ name, publishes = [], rowChanges = [] }) => [
        ...publishes.map(({ type }) => type),
        ...rowChanges.map((table) => `${name}.${table}`),
      ]),
    )
    expect([...consumers.keys()].filter((type) => !publishedTypes.has(type))).toEqual([])
  })
})

describe('the guard of the event schemas', () => {
  const lines = Type.Array(closed({ sku: Type.String(), quantity: Type.Integer() }))
  const define = (fields: Parameters<typeof closed>[0]): EventDefinition =>
    defineEvent('Baked.v1', 'cake', 'cakeId', 'A cake is done.', closed({ cakeId: Type.String(), ...fields })) as EventDefinition
  const before = schemaFiles([define({ lines })])
  const readers = new Map([['Baked.v1', { services: ['delivery'], flows: ['party'] }]])
  const found = (...events: EventDefinition[]) => breakingChanges(events, before, readers)

  it('lets a new optional field through', () => {
    expect(found(define({ lines, candles: Type.Optional(Type.Integer()) }))).toEqual([])
  })

  it('refuses a removed field and names who reads it', () => {
    expect(found(define({}))).toEqual([
      'Baked.v1: /lines: the field was removed or renamed. At risk: delivery, flow party. Keep it and add Baked.v2 beside it.',
    ])
  })

  it('refuses another type deep inside, a new required field, and an event that is gone', () => {
    const changed = Type.Array(closed({ sku: Type.Integer(), quantity: Type.Integer() }))
    expect(found(define({ lines: changed }))[0]).toContain('/lines/items/sku: type changed')
    expect(found(define({ lines, oven: Type.String() }))[0]).toContain('/oven: a required field was added')
    expect(found()[0]).toContain('Baked.v1: the event is gone. At risk: delivery, flow party')
  })
})
