import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ProcessState } from './kept-process.ts'

/** What a running stack says of itself. */
export interface StackStatus {
  readonly topology: string
  readonly url: string
  readonly engines: readonly string[]
  readonly pid: number
  readonly rssMb: number | null
  readonly processes: readonly {
    readonly name: string
    readonly services: readonly string[]
    readonly state: ProcessState
    readonly url: string | null
    readonly pid: number | null
    readonly restarts: number
    readonly startedAt: string | null
    readonly rssMb: number | null
  }[]
}

/** Where the stack of a folder is asked, by whoever may read that file: its owner. */
interface Door {
  readonly port: number
  readonly token: string
}

const fileOf = (dir: string) => join(dir, 'stack.json')

/** Answers other commands of the same folder, on loopback. `restart` writes one line a step. */
export async function openControl(
  dir: string,
  answers: { status(): Promise<StackStatus>; restart(only: readonly string[], onStep: (name: string) => void): Promise<void> },
): Promise<{ close(): Promise<void> }> {
  const token = randomBytes(24).toString('base64url')
  const server = createServer((request, answer) => void respond(request, answer))
  const respond = async (request: IncomingMessage, answer: ServerResponse): Promise<void> => {
    if (!allows(token, request.headers.authorization)) return void answer.writeHead(403).end()
    const url = new URL(request.url ?? '/', 'http://stack')
    if (request.method === 'GET' && url.pathname === '/status') return void answer.end(JSON.stringify(await answers.status()))
    if (request.method !== 'POST' || url.pathname !== '/restart') return void answer.writeHead(404).end()
    const say = (line: object) => answer.write(`${JSON.stringify(line)}\n`)
    try {
      await answers.restart(url.searchParams.getAll('only'), (name) => say({ restarting: name }))
      say({ restarted: true })
    } catch (error) {
      say({ failed: (error as Error).message })
    }
    answer.end()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await writeFile(fileOf(dir), JSON.stringify({ port, token } satisfies Door), { mode: 0o600 })
  return {
    async close() {
      await rm(fileOf(dir), { force: true })
      server.close()
      server.closeAllConnections()
    },
  }
}

function allows(token: string, header: string | undefined): boolean {
  const [given, wanted] = [Buffer.from(header ?? ''), Buffer.from(`Bearer ${token}`)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** Asks the stack that runs on the folder; undefined where none does. */
export async function askStack(
  dir: string,
  method: 'GET' | 'POST',
  path: string,
  timeoutMs: number,
): Promise<Response | undefined> {
  const text = await readFile(fileOf(dir), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { port, token } = JSON.parse(text) as Door
  try {
    return await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (error) {
    // left behind by one that was killed
    if ((error as { cause?: { code?: string } }).cause?.code === 'ECONNREFUSED') return undefined
    throw error
  }
}

/** The stack of the folder as it is now. */
export async function statusOfStack(dir: string): Promise<StackStatus | undefined> {
  const answer = await askStack(dir, 'GET', '/status', 5_000)
  return answer?.ok ? ((await answer.json()) as StackStatus) : undefined
}

/** Memory a process has resident, in MB; null where the system does not say. */
export async function residentMb(pid: number | undefined): Promise<number | null> {
  const text = pid === undefined ? '' : await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(text)?.[1]
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024)
}
