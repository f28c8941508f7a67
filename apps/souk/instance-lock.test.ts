import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { lockInstance, runningInstance } from './instance-lock.ts'

let dir: string
const children: ChildProcess[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'souk lock '))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(dir, { recursive: true, force: true })
})

/** Another process that takes the lock and keeps it until it is killed; by `shell`, a parent that never asks how it ended starts it. */
async function otherInstance(shell?: string): Promise<ChildProcess> {
  const module = JSON.stringify(new URL('./instance-lock.ts', import.meta.url).href)
  const code = `import { lockInstance } from ${module}; await lockInstance(${JSON.stringify(dir)}, '1'); console.log('held'); setInterval(() => {}, 1000)`
  const command = [process.execPath, '--input-type=module', '-e', code]
  const [file, ...args] = shell ? ['sh', '-c', shell, ...command] : command
  const child = spawn(file as string, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  await once(child.stdout!, 'data')
  return child
}

describe('one instance per folder', () => {
  it('names the pid of the instance that is there already', async () => {
    const other = await otherInstance()
    await expect(lockInstance(dir, '1')).rejects.toThrow(`pid ${other.pid}`)
    expect((await runningInstance(dir))?.pid).toBe(other.pid)
  })

  it('starts again at once after the last one was killed', async () => {
    const other = await otherInstance()
    other.kill('SIGKILL')
    await once(other, 'exit')
    const lock = await lockInstance(dir, '1')
    expect((await runningInstance(dir))?.pid).toBe(process.pid)
    await lock.release()
    await lock.release()
    expect(await runningInstance(dir)).toBeUndefined()
    expect(await readdir(dir)).toEqual([])
  })

  it.runIf(process.platform === 'linux')(
    'starts again after one was killed that nobody buries, as in some containers',
    async () => {
      const parent = await otherInstance('"$0" "$@" & exec sleep 60')
      const { pid } = (await runningInstance(dir))!
      expect(pid).not.toBe(parent.pid)
      process.kill(pid, 'SIGKILL')
      await eventually(async () => expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '))
      const lock = await lockInstance(dir, '1')
      expect((await runningInstance(dir))?.pid).toBe(process.pid)
      await lock.release()
    },
  )

  it('is not fooled by another program that got the pid of the killed one', async () => {
    const lock = await lockInstance(dir, '1')
    const file = join(dir, 'instance.json')
    const content = JSON.parse(await readFile(file, 'utf8'))
    await lock.release()
    await writeFile(file, JSON.stringify({ ...content, began: '1' }))
    expect(await runningInstance(dir)).toBeUndefined()
    await (await lockInstance(dir, '1')).release()
  })

  it('believes the heartbeat of an instance in another container, where pids say nothing', async () => {
    const file = join(dir, 'instance.json')
    const elsewhere = {
      pid: 1,
      began: '1',
      place: 'elsewhere pid:[1]',
      startedAt: new Date().toISOString(),
      version: '1',
      token: 'x',
    }
    await writeFile(file, JSON.stringify(elsewhere))
    await expect(lockInstance(dir, '1')).rejects.toThrow('already runs')
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(file, longAgo, longAgo)
    await (await lockInstance(dir, '1')).release()
  })

  it('takes over from a half-written or empty lock file', async () => {
    await writeFile(join(dir, 'instance.json'), '{"pid":')
    await (await lockInstance(dir, '1')).release()
  })

  it('lets exactly one of many starters in, also over a stale lock', async () => {
    const file = join(dir, 'instance.json')
    const lock = await lockInstance(dir, '1')
    const content = JSON.parse(await readFile(file, 'utf8'))
    await lock.release()
    await writeFile(file, JSON.stringify({ ...content, pid: 2 ** 22, token: 'dead' }))
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockInstance(dir, '1')))
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
    for (const result of results) if (result.status === 'fulfilled') await result.value.release()
  })
})
