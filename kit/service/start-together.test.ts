import { expect, test } from 'vitest'
import { startTogether } from './start-together.ts'

function part(stopped: string[], name: string) {
  return { name, stop: async () => void stopped.push(name) }
}

test('parts that start together all run', async () => {
  const stopped: string[] = []
  await startTogether([Promise.resolve(part(stopped, 'one')), Promise.resolve(part(stopped, 'two'))])
  expect(stopped).toEqual([])
})

test('when one part does not start, those that did, or still do, are stopped, and its error is told', async () => {
  const stopped: string[] = []
  const late = Promise.withResolvers<ReturnType<typeof part>>()
  const together = startTogether([
    Promise.resolve({ stop: () => Promise.reject(new Error('cannot stop either')) }),
    Promise.resolve(part(stopped, 'early')),
    Promise.reject(new Error('no broker')),
    late.promise,
  ])
  late.resolve(part(stopped, 'late'))
  await expect(together).rejects.toThrow('no broker')
  expect(stopped.sort()).toEqual(['early', 'late'])
})
