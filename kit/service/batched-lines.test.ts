import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { batchedLines } from './batched-lines.ts'
import { eventually } from '#kit/testing/eventually.ts'

function aLog() {
  const written: string[] = []
  const stream = batchedLines(1, (text) => void written.push(text))
  return { written, stream, log: pino({ base: null, timestamp: false }, stream) }
}

describe('the log of a busy shop', () => {
  it('writes many lines together, in their order, a moment later', async () => {
    const { written, log } = aLog()
    for (let index = 0; index < 10; index += 1) log.info({ index }, 'request')
    expect(written).toEqual([])
    await eventually(() => expect(written).toHaveLength(1))
    expect(
      written[0]!
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).index),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('writes a warning at once, with everything before it', () => {
    const { written, log } = aLog()
    log.info('before')
    log.warn('trouble')
    expect(written.join('')).toMatch(/before.*\n.*trouble/)
    log.error('more')
    expect(written).toHaveLength(2)
  })

  it('does not hold more than a little', () => {
    const { written, log } = aLog()
    log.info({ text: 'x'.repeat(20_000) }, 'large')
    expect(written).toHaveLength(1)
  })

  it('writes what it holds when the process ends', () => {
    const { written, log, stream } = aLog()
    log.info('last words')
    stream.flush()
    expect(written.join('')).toContain('last words')
  })
})
