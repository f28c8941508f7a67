import { afterEach, expect, it } from 'vitest'
import { withContext } from '#kit/core/context.ts'
import { createRecentSpans } from './recent-spans.ts'
import { inSpan, traceWith } from './span.ts'

afterEach(() => traceWith(undefined))
const traceId = 'a'.repeat(32)
const work = (name: string) => ({ service: 'orders', name, kind: 'internal' }) as const

it('shows what a request set off, each piece below what set it off, with the code of what went wrong', async () => {
  const spans = createRecentSpans(10)
  traceWith(spans)
  await withContext({ traceId, correlationId: traceId }, () =>
    inSpan(work('place order'), async () => {
      await inSpan(work('hold stock'), async () => undefined)
      await inSpan(work('take money'), async () => {
        throw Object.assign(new Error('card of ann@example.com'), { code: 'payments/declined' })
      }).catch(() => undefined)
    }),
  )
  const found = spans.find([traceId], 10)
  const root = found.find(({ name }) => name === 'place order')
  expect(found.map(({ name, parentId }) => [name, parentId === root?.spanId])).toEqual([
    ['place order', false],
    ['take money', true],
    ['hold stock', true],
  ])
  expect(found.find(({ name }) => name === 'take money')?.error).toBe('payments/declined')
  expect(JSON.stringify(found)).not.toContain('ann@')
})

it('finds a trace by its correlation id, all of it', () => {
  const spans = createRecentSpans(10)
  const root = spans.start({ service: 'gateway', name: 'POST /api/orders', kind: 'server' }, { traceId })
  spans.start(work('hold stock'), { traceId, spanId: root?.spanId })?.end()
  root?.end({ attributes: { 'correlation.id': 'story-of-one-order' } })
  spans.start(work('something else'), { traceId: 'b'.repeat(32) })?.end()
  expect(spans.find(['story-of-one-order'], 10).map(({ name }) => name)).toEqual(['POST /api/orders', 'hold stock'])
})

it('keeps those that go to a store, under the same ids, and no others', () => {
  const sent: string[] = []
  const store = {
    records: (id: string) => id === traceId,
    start: (start: { name: string }, place: { traceId: string }) =>
      place.traceId === traceId ? { spanId: 'c'.repeat(16), end: () => void sent.push(start.name) } : undefined,
  }
  const spans = createRecentSpans(10, store)
  spans.start(work('hold stock'), { traceId })?.end()
  expect(spans.start(work('something else'), { traceId: 'b'.repeat(32) })).toBeUndefined()
  expect(spans.find([traceId], 10)).toMatchObject([{ spanId: 'c'.repeat(16) }])
  expect(sent).toEqual(['hold stock'])
})

it('forgets the oldest', () => {
  const spans = createRecentSpans(2)
  for (const name of ['one', 'two', 'three']) spans.start(work(name), { traceId })?.end()
  expect(spans.find([traceId], 10).map(({ name }) => name)).toEqual(['three', 'two'])
})
