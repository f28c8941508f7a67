import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { expect, it, vi } from 'vitest'
import { createMetrics } from '#kit/http/metrics.ts'
import { type Families, type Measured, together } from './process-metrics.ts'
import { answerParent, answerWorker, askAllByParent, askChild } from './process-questions.ts'

const metrics = { of: 'metrics' } as const

/** Two ends of a pipe between processes. */
function pipe() {
  const ends = [new EventEmitter(), new EventEmitter()] as const
  const end = (own: EventEmitter, other: EventEmitter) =>
    Object.assign(own, {
      connected: true,
      send: (message: unknown, done?: () => void) => {
        other.emit('message', structuredClone(message))
        done?.()
        return true
      },
    }) as unknown as ChildProcess
  return [end(...ends), end(ends[1], ends[0])] as const
}

async function sold(count: number): Promise<Families> {
  const measuring = createMetrics({ process: false })
  measuring.counter('sold_total', 'Things sold', ['sku']).inc({ sku: 'mug' }, count)
  return (await measuring.registry.getMetricsAsJSON()) as Families
}

it('shows what every process of the shop measured at one address, each under its name', async () => {
  const [parent, child] = pipe()
  answerParent(child as never, () => sold(2))
  const told = await askChild(parent, 'background', metrics)
  const background: Measured = { process: told!.process, families: told!.answer as Families }
  const text = await (await together([{ process: 'http', families: await sold(1) }, background])).metrics()
  expect(text.split('\n').filter((line) => line.startsWith('sold_total'))).toEqual([
    'sold_total{sku="mug",process="http"} 1',
    'sold_total{sku="mug",process="background"} 2',
  ])
  expect(text.match(/# TYPE sold_total/g)).toHaveLength(1)
})

it('answers the same whichever HTTP process is asked', async () => {
  const [parent, worker] = pipe()
  const all = [{ process: 'http-1', answer: await sold(3) }]
  answerWorker(parent, async () => all)
  expect(await askAllByParent(worker as never, metrics)).toEqual(all)
})

it('shows the others when one process is silent, also to an HTTP worker that asks', async () => {
  vi.useFakeTimers()
  try {
    const [parentOfSilent] = pipe()
    const [parent, worker] = pipe()
    const own = { process: 'http-1', answer: 'here' }
    answerWorker(parent, async (question) => {
      const silent = await askChild(parentOfSilent, 'background', question)
      return silent ? [own, silent] : [own]
    })
    const all = askAllByParent(worker as never, metrics)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await all).toEqual([own])
  } finally {
    vi.useRealTimers()
  }
})

it('shows the others when one process is gone', async () => {
  const [parent] = pipe()
  expect(await askChild(Object.assign(parent, { connected: false }), 'background', metrics)).toBeUndefined()
})
