import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { freeShift } from './ports.ts'
import { openStack, type Stack } from './stack.ts'
import { processesOf } from './topology.ts'

/** Listens and takes requests at once; well only when the file is there. `/asked`: how often somebody wanted to know. */
const PROCESS = `
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
const { PORT, WELL } = process.env
let asked = 0
const server = createServer(({ url }, answer) => {
  if (url === '/asked') return answer.end(String(asked))
  if (url === '/actuator/health/directory') asked += 1
  answer.writeHead(url === '/actuator/health/readiness' || existsSync(WELL) ? 200 : 503).end()
})
server.listen(PORT, '127.0.0.1', () => console.log(JSON.stringify({ ready: true, url: 'http://127.0.0.1:' + PORT })))
for (const end of ['SIGTERM', 'disconnect']) process.on(end, () => process.exit(0))
`

let folder: string
let stack: Stack
let steps: string[]
let url: string
const well = () => writeFile(join(folder, 'well'), '')

/** A directory that all need, and a shelf, in processes of their own. */
async function open(patienceMs?: number): Promise<void> {
  const service = { door: false, group: undefined, order: undefined, tells: {} }
  const manifests = [
    { ...service, name: 'shelf', port: 8084 },
    { ...service, name: 'directory', port: 8761, order: 1, tells: { SOUK_PEERS: 'directory={url}' } },
  ]
  const at = (shift: number) => processesOf(manifests, 'apart', { shift })
  const processes = at(await freeShift('127.0.0.1', at))
  url = `http://127.0.0.1:${processes[0]!.port}`
  stack = openStack({
    processes,
    environment: { ...process.env, WELL: join(folder, 'well') },
    environmentOf: () => ({}),
    root: pathToFileURL(`${folder}/`),
    host: '127.0.0.1',
    log: silentLogger,
    shutdownSeconds: 5,
    onLine: () => undefined,
    onChange: ({ name }, state) => steps.push(`${name} ${state}`),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  })
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'souk-stack-'))
  await mkdir(join(folder, 'apps/souk'), { recursive: true })
  await writeFile(join(folder, 'apps/souk/main.ts'), PROCESS)
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  steps = []
})
afterEach(async () => {
  await stack.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('the start of a split shop', () => {
  it('goes on only when what all need is well, not when it merely listens', async () => {
    await open()
    const started = stack.start()
    await eventually(async () => expect(Number(await (await fetch(`${url}/asked`)).text())).toBeGreaterThan(3), {
      timeoutMs: 30_000,
      everyMs: 50,
    })
    expect(steps).toEqual(['directory starting', 'directory up'])
    await well()
    await started
    expect(steps.slice(2)).toEqual(['shelf starting', 'shelf up'])
  }, 60_000)

  it('goes on without what does not get well', async () => {
    await open(300)
    await stack.start()
    expect(steps).toEqual(['directory starting', 'directory up', 'shelf starting', 'shelf up'])
  }, 60_000)

  it('is given up when the shop is told to stop in the middle of it', async () => {
    await open()
    const started = stack.start()
    await eventually(() => expect(steps).toContain('directory up'), { timeoutMs: 30_000, everyMs: 50 })
    await stack.stop()
    await started
    expect(steps.join()).not.toContain('shelf')
  }, 60_000)
})
