/** OpenSearch as its manual shows it, without a word of ours: what the shop's own search is compared with. */
import { openSearchCall, ownIndex } from './opensearch.ts'

export interface Titles {
  /** Titles of the best twenty. */
  ask(query: string): Promise<string[]>
  /** Removes the index. */
  close(): Promise<void>
}

/** An index of these titles, each word by word and by the rules of English; questions may have slips in every word (`fuzziness: AUTO`). */
export async function plainOpenSearch(address: string, titles: readonly string[]): Promise<Titles> {
  const index = new URL(ownIndex(address, 'eval-plain').slice('opensearch+'.length)).pathname.slice(1)
  await openSearchCall(address, 'PUT', `/${index}`, {
    settings: { number_of_shards: 1, number_of_replicas: 0 },
    mappings: { properties: { title: { type: 'text', fields: { english: { type: 'text', analyzer: 'english' } } } } },
  })
  const lines = titles.flatMap((title) => [{ index: { _index: index } }, { title }])
  const { errors } = await openSearchCall<{ errors: boolean }>(
    address,
    'POST',
    '/_bulk?refresh=true',
    `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`,
  )
  if (errors) throw new Error('OpenSearch refused some titles')
  return {
    async ask(query) {
      const { hits } = await openSearchCall<{ hits: { hits: { _source: { title: string } }[] } }>(
        address,
        'POST',
        `/${index}/_search`,
        {
          size: 20,
          query: { multi_match: { query, fields: ['title', 'title.english'], type: 'most_fields', fuzziness: 'AUTO' } },
        },
      )
      return hits.hits.map(({ _source }) => _source.title)
    },
    close: async () => void (await openSearchCall(address, 'DELETE', `/${index}`)),
  }
}
