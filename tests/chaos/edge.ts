import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent, type Dispatcher } from 'undici'

/** What somebody outside got for one request. */
export interface EdgeAnswer {
  readonly method: string
  readonly path: string
  /** 0: the edge got no answer from any gateway, and had to make one up */
  readonly status: number
  /** of a problem, or of the connection where no answer came */
  readonly code?: string
  readonly milliseconds: number
}

export interface Edge {
  readonly url: string
  close(): Promise<void>
}

/** What a proxy sends a second time when the connection broke off before an answer: nginx's own rule. */
const REPEATABLE: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])
/** The request cannot have arrived: any may go to another gateway. */
const NOT_SENT: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * Stands before several gateways as deploy/nginx does: keeps its connections, takes the gateways in turn, and goes to the next one where nothing was
 * sent, or where the connection broke off and the request may be repeated. An answer of a gateway is passed on as it is.
 */
export async function openEdge(gateways: readonly string[], onAnswer: (answer: EdgeAnswer) => void): Promise<Edge> {
  const agent = new Agent({ connections: 64, pipelining: 1, connectTimeout: 2000, headersTimeout: 15_000, bodyTimeout: 15_000 })
  let turn = 0

  const askAny = async (request: IncomingMessage, body: Buffer): Promise<Dispatcher.ResponseData> => {
    turn += 1
    const first = turn
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await agent.request({
          origin: gateways[(first + attempt) % gateways.length]!,
          path: request.url!,
          method: request.method as Dispatcher.HttpMethod,
          headers: onward(request),
          body: body.length > 0 ? body : null,
        })
      } catch (error) {
        const again = NOT_SENT.has((error as NodeJS.ErrnoException).code) || REPEATABLE.has(request.method)
        if (attempt + 1 >= gateways.length || !again) throw error
      }
    }
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const begun = performance.now()
    const tell = (status: number, code?: string) =>
      onAnswer({
        method: request.method!,
        path: request.url!,
        status,
        ...(code ? { code } : {}),
        milliseconds: performance.now() - begun,
      })
    try {
      const answer = await askAny(request, await bytesOf(request))
      const body = await bytesOf(answer.body)
      tell(answer.statusCode, answer.statusCode < 400 ? undefined : codeIn(body))
      const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = answer.headers
      response.writeHead(answer.statusCode, headers as Record<string, string>).end(body)
    } catch (error) {
      tell(0, (error as NodeJS.ErrnoException).code ?? String(error))
      response.writeHead(502).end()
    }
  }

  const server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await agent.destroy()
    },
  }
}

function onward({ headers: { connection: _, host: __, 'transfer-encoding': ___, ...headers } }: IncomingMessage) {
  return headers
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function codeIn(body: Buffer): string | undefined {
  try {
    return (JSON.parse(body.toString()) as { code?: string }).code
  } catch {
    return undefined
  }
}
