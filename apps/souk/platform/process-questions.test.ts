import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { answerParent, askChild, heedLetGo, tellToLetGo } from './process-questions.ts'

/** Both ends of a pipe between a process and its child. */
function pipe() {
  const parent = new EventEmitter()
  const child = new EventEmitter()
  const to = (end: EventEmitter) => (message: unknown, done: () => void) => {
    setImmediate(() => end.emit('message', structuredClone(message)))
    done()
  }
  return {
    inParent: Object.assign(parent, { send: to(child), connected: true }) as unknown as ChildProcess,
    inChild: Object.assign(child, { send: to(parent) }),
  }
}

test('a worker that is told to let go does, once, and goes on to answer questions about itself', async () => {
  const { inParent, inChild } = pipe()
  let letGo = 0
  answerParent(inChild, async () => 'well')
  heedLetGo(inChild, () => (letGo += 1))
  const ask = () => askChild(inParent, 'http-1', { of: 'metrics' })
  expect([await ask(), letGo]).toEqual([{ process: 'http-1', answer: 'well' }, 0])
  tellToLetGo(inParent)
  expect([await ask(), letGo]).toEqual([{ process: 'http-1', answer: 'well' }, 1])
})

test('a worker that is gone is told nothing', () => {
  const { inParent } = pipe()
  const gone = Object.assign(inParent, { connected: false, send: () => expect.unreachable('the pipe is closed') })
  tellToLetGo(gone)
})
