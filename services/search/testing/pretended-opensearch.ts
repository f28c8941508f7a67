/** Stands in for OpenSearch where it has to be busy or silent at a certain moment: keeps documents, finds nothing. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a request of documents meets: a status, no answer ever, or documents that are turned away for now or for good. */
export type Mood = 'well' | 429 | 503 | 'never' | 'first document busy' | 'first document wrong'

export interface PretendedOpenSearch {
  readonly url: string
  /** of the next requests of documents; later ones go well */
  moods: Mood[]
  /** the path of each request but those of documents, in order, with the method */
  readonly asked: string[]
  /** of each request of documents that was answered well: its path and the ids it sent */
  readonly taken: { readonly path: string; readonly ids: string[] }[]
  /** by index, ids of documents */
  readonly indices: Map<string, Set<string>>
  /** the index questions would be asked of */
  readonly used: () => string | undefined
  close(): Promise<void>
}

export async function pretendOpenSearch(): Promise<PretendedOpenSearch> {
  const asked: string[] = []
  const taken: PretendedOpenSearch['taken'] = []
  const indices = new Map<string, Set<string>>()
  let used: string | undefined
  const reply = (response: ServerResponse, status: number, body: unknown = {}) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

  function takeDocuments(response: ServerResponse, path: string, text: string): void {
    const mood = pretended.moods.shift() ?? 'well'
    if (mood === 'never') return
    if (typeof mood === 'number') return void reply(response, mood, { error: 'busy' })
    const refused = mood === 'first document busy' ? 429 : mood === 'first document wrong' ? 400 : undefined
    const operations = text.split('\n').flatMap((line) => (line.startsWith('{"index"') ? [JSON.parse(line).index] : []))
    const ids: string[] = []
    const items = operations.map(({ _index, _id }: { _index: string; _id: string }, at) => {
      if (at === 0 && refused) return { index: { status: refused, error: { type: 'refused', reason: String(refused) } } }
      indices.get(_index)!.add(_id)
      ids.push(_id)
      return { index: { status: 201 } }
    })
    taken.push({ path, ids })
    reply(response, 200, { errors: refused !== undefined, items })
  }

  const server = createServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += String(piece)
    const path = request.url!
    if (path.startsWith('/_bulk')) return takeDocuments(response, path, text)
    asked.push(`${request.method} ${path}`)
    const name = path.slice(1)
    if (path.startsWith('/_alias/')) return reply(response, used ? 200 : 404, used ? { [used]: {} } : {})
    if (path === '/_aliases') used = JSON.parse(text).actions.at(-1).add.index
    else if (request.method === 'PUT' && !path.includes('_')) indices.set(name, new Set())
    else if (request.method === 'DELETE') indices.delete(name)
    else if (path.endsWith('*')) return reply(response, 200, Object.fromEntries([...indices.keys()].map((index) => [index, {}])))
    reply(response, 200)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const pretended: PretendedOpenSearch = {
    url: `opensearch+http://127.0.0.1:${(server.address() as AddressInfo).port}/shop`,
    moods: [],
    asked,
    taken,
    indices,
    used: () => used,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return pretended
}
