// Entry point of the processes that `souk start` and `souk serve` fork: the background process, additional HTTP workers, the filling of
// the demo shop. Code is read at once; what to do comes over the pipe when the database is there.
import { once } from 'node:events'
import type { OpenedChild } from './platform/child.ts'
import type { ChildMessage, ChildOrders, ChildPart } from './platform/children.ts'
import type { Part } from './platform/platform.ts'
import { keepHeapSmall } from './platform/boot-memory.ts'
import { answerParent, askAllByParent, heedLetGo } from './platform/process-questions.ts'

const release = keepHeapSmall()
const [, , name, ...only] = process.argv as [string, string, ChildPart, ...string[]]
const root = new URL('../../', import.meta.url)
const tell = (message: ChildMessage) => process.connected && process.send?.(message)
let part: Part | undefined
let stopping = false

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await part?.stop()
  process.exit(0)
}

process.on('SIGTERM', () => void stop())
// The terminal sends SIGINT to the whole group; the parent decides when we stop.
process.on('SIGINT', () => undefined)
// The parent is gone (kill -9): nobody else would ever stop us.
process.on('disconnect', () => void stop())

async function run(): Promise<void> {
  const awaited = once(process, 'message')
  const [{ openChild }, begin] = await Promise.all([import('./platform/child.ts'), loadCode()])
  const opened = await openChild(name, { environment: process.env, root, only: only.length > 0 ? only : undefined })
  const [orders] = (await awaited) as [ChildOrders]
  part = await begin(opened, orders)
  if (part.tell) answerParent(process, part.tell)
  if (part.letGo) heedLetGo(process, part.letGo)
  release()
  if (stopping) await part.stop()
  else tell({ ready: true })
}

/** Only the code that this process needs. */
async function loadCode(): Promise<(opened: OpenedChild, orders: ChildOrders) => Promise<Part>> {
  if (name === 'http') {
    const [{ startHttpPart }, { version }] = await Promise.all([import('./platform/http-part.ts'), import('./version.ts')])
    return (opened, { urls, port }) =>
      startHttpPart({ ...opened, urls }, version(), { host: opened.settings.host, port }, (question) =>
        askAllByParent(process, question),
      )
  }
  if (name === 'demo') {
    const { startDemoPart } = await import('./platform/demo-part.ts')
    return async (opened, { urls }) => startDemoPart({ ...opened, urls }, () => void stop())
  }
  const { startBackgroundPart } = await import('./platform/background-part.ts')
  return (opened, { urls }) => startBackgroundPart({ ...opened, urls })
}

run().catch((error: unknown) => {
  tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  process.exit(1)
})
