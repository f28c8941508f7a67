import { expect, test } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { startTogether } from './start-together.ts'

function part(stopped: string[], name: string) {
  const stop = async () => {
    await turn()
    stopped.push(name)
  }
  return { name, stop }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

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

test('what never starts keeps nobody from hearing why another did not, and is stopped should it start after all', async () => {
  const stopped: string[] = []
  const late = Promise.withResolvers<ReturnType<typeof part>>()
  const together = startTogether(
    [late.promise, Promise.resolve(part(stopped, 'early')), Promise.reject(new Error('no broker'))],
    10,
  )
  await expect(together).rejects.toThrow('no broker')
  expect(stopped).toEqual(['early'])
  late.resolve(part(stopped, 'late'))
  await eventually(() => expect(stopped).toEqual(['early', 'late']))
})

test('those that run are stopped at once, not when the last has made up its mind', async () => {
  const stopped = Promise.withResolvers<string>()
  const running = { stop: async () => stopped.resolve('stopped') }
  const undecided = Promise.withResolvers<typeof running>()
  const together = startTogether([undecided.promise, Promise.resolve(running), Promise.reject(new Error('no broker'))], 60_000)
  expect(await stopped.promise).toBe('stopped')
  undecided.reject(new Error('no broker either'))
  await expect(together).rejects.toThrow('no broker')
})
