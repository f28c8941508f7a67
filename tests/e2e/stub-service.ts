import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

type Behaviour = (request: IncomingMessage, answer: ServerResponse) => void

/** Stands where a service should: answers as it is told, and counts. */
export interface StubService {
  readonly url: string
  /** requests of the public API that arrived, newest last */
  readonly seen: { method: string; url: string; headers: IncomingMessage['headers']; bytes: number }[]
  behaviour: Behaviour
  ready: boolean
  close(): Promise<void>
}

export const answers: Behaviour = (_request, answer) =>
  void answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ items: [] }))
/** Ends every connection without an answer. */
export const hangsUp: Behaviour = (request) => void request.socket.destroy()

export async function stubService(): Promise<StubService> {
  const stub = { seen: [] as StubService['seen'], behaviour: answers, ready: true }
  const server = createServer((request, answer) => {
    const url = request.url ?? ''
    if (url === '/actuator/health/readiness') return void answer.writeHead(stub.ready ? 200 : 503).end()
    if (!url.startsWith('/api/')) return void answer.writeHead(503).end()
    const entry = { method: request.method ?? '', url, headers: request.headers, bytes: 0 }
    stub.seen.push(entry)
    request.on('data', (chunk: Buffer) => {
      entry.bytes += chunk.length
    })
    stub.behaviour(request, answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return Object.assign(stub, {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  })
}
