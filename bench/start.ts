/**
 * How long a warm start takes and how much memory the idle shop needs.
 *
 *   npm run bench -- start [--json] [--rounds 5]
 *
 * Makes a shop with the demo data in a temporary folder, then starts it again and again the way `npm start` does, on the same data:
 * `warm start` is the time from the spawn of the process to the first 200 on /api/products (PostgreSQL included), `ready` until it says it
 * is ready (background part included). `idle` is the memory of all Node processes some seconds later: RSS as `ps` shows it, which counts
 * shared pages once a process, and PSS, which shares them out.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

interface Memory {
  readonly pid: number
  readonly rssMb: number
  readonly pssMb: number
}

interface Run {
  readonly firstAnswerMs: number
  readonly readyMs: number
  /** the demo data is in: first start only */
  readonly filledMs: number | undefined
  readonly processes: readonly Memory[]
}

/** Processes below `pid`, itself included, that run Node. */
async function nodesOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const below = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((child) => nodesOf(Number(child))),
  )
  const binary = await readlink(`/proc/${pid}/exe`).catch(() => '')
  return [...(basename(binary).startsWith('node') ? [pid] : []), ...below.flat()]
}

async function memoryOf(pid: number): Promise<Memory> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const mb = (name: string) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 102.4) / 10
  return { pid, rssMb: mb('Rss'), pssMb: mb('Pss') }
}

/** One start on `folder`; stops again after `settleSeconds` of rest and a look at the memory. */
async function startOnce(folder: string, port: number, settleSeconds: number, first = false): Promise<Run> {
  const begun = performance.now()
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    SOUK_DIR: folder,
    PORT: String(port),
    LOG_LEVEL: 'warn',
  }
  const child = spawn(process.execPath, ['bin/souk.mjs', 'start', '--json'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const said = (start: string) =>
    new Promise<number>((resolve, reject) => {
      lines.on('line', (line) => line.startsWith(start) && resolve(performance.now() - begun))
      exited.then(([code]) => reject(new Error(`the shop ended with ${code}`)))
    })
  const [ready, filled] = [said('{"ready":true'), said('{"filled":')]
  for (const promise of [ready, filled]) promise.catch(() => undefined)
  try {
    const firstAnswerMs = await firstAnswer(`http://127.0.0.1:${port}/api/products`, begun, ready)
    const readyMs = await ready
    const filledMs = first ? await filled : undefined
    await delay(settleSeconds * 1000)
    const processes = await Promise.all((await nodesOf(child.pid as number)).map(memoryOf))
    return {
      firstAnswerMs: Math.round(firstAnswerMs),
      readyMs: Math.round(readyMs),
      filledMs: filledMs && Math.round(filledMs),
      processes,
    }
  } finally {
    child.kill('SIGTERM')
    await exited
  }
}

/** Asks every few milliseconds until the shop answers; fails when the shop ends first. */
async function firstAnswer(url: string, begun: number, alive: Promise<unknown>): Promise<number> {
  let failure: unknown
  alive.catch((error: unknown) => {
    failure = error
  })
  for (;;) {
    if (failure) throw failure
    const answer = await fetch(url).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.status === 200) return performance.now() - begun
    await delay(5)
  }
}

const sum = (numbers: readonly number[]) => Math.round(numbers.reduce((a, b) => a + b, 0) * 10) / 10

/** Middle, least and most of several measurements. */
function spread(numbers: readonly number[]) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)], min: sorted[0], max: sorted.at(-1) }
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

const SETTLE_SECONDS = 5

/** Medians over the rounds (at least five); milliseconds and MB. */
export async function* measure({ rounds }: { rounds: number }): AsyncIterable<Record<string, unknown>> {
  if ((await readdir('/proc').catch(() => [])).length === 0)
    throw new Error('the memory of processes is read from /proc, which only Linux has')
  const folder = await mkdtemp(join(tmpdir(), 'souk-bench-start-'))
  try {
    const port = await freePort()
    const first = await startOnce(folder, port, 0, true)
    yield { name: 'first start', ms: first.firstAnswerMs, readyMs: first.readyMs, demoShopMs: first.filledMs, rounds: 1 }
    const runs: Run[] = []
    while (runs.length < Math.max(5, rounds)) runs.push(await startOnce(folder, port, SETTLE_SECONDS))
    yield {
      name: 'warm start',
      ms: spread(runs.map((run) => run.firstAnswerMs)),
      readyMs: spread(runs.map((run) => run.readyMs)),
      limitMs: 1500,
      rounds: runs.length,
    }
    yield {
      name: 'idle memory of all Node processes',
      rssMb: spread(runs.map(({ processes }) => sum(processes.map(({ rssMb }) => rssMb)))),
      pssMb: spread(runs.map(({ processes }) => sum(processes.map(({ pssMb }) => pssMb)))),
      eachRssMb: runs.at(-1)?.processes.map(({ rssMb }) => rssMb),
      limitMb: 250,
      rounds: runs.length,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
