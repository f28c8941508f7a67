/** How the copy of the read model is laid out in OpenSearch, and how it is exchanged without a gap. */
import type { OpenSearchClient } from './opensearch-client.ts'

const ANALYZERS: Readonly<Record<string, string>> = {
  en: 'english',
  de: 'german',
  fr: 'french',
  es: 'spanish',
  it: 'italian',
  nl: 'dutch',
  pt: 'portuguese',
}

/** Nobody waits for these. */
const PATIENT = { timeoutMs: 30_000 }

/** The field of a language: texts of one without rules are taken word by word. */
export const languageOf = (locale: string): string => {
  const language = locale.split('-')[0]!.toLowerCase()
  return ANALYZERS[language] ? language : 'plain'
}

const text = {
  type: 'text',
  analyzer: 'simple_words',
  fields: {
    plain: { type: 'text', analyzer: 'simple_words' },
    ...Object.fromEntries(Object.entries(ANALYZERS).map(([language, analyzer]) => [language, { type: 'text', analyzer }])),
  },
}

const REFRESHED_EVERY = '1s'

/** Every index of ours is made by it, also one that somebody makes by hand. `replicas`: `0-1`, at least and at most. */
export async function putTemplate(client: OpenSearchClient, replicas: string): Promise<void> {
  await client.call(
    'PUT',
    `/_index_template/${client.alias}`,
    {
      index_patterns: [`${client.alias}-*`],
      template: {
        settings: {
          number_of_shards: 1,
          auto_expand_replicas: replicas,
          refresh_interval: REFRESHED_EVERY,
          'index.max_terms_count': 100_000,
          analysis: { analyzer: { simple_words: { type: 'custom', tokenizer: 'whitespace', filter: ['lowercase'] } } },
        },
        mappings: {
          dynamic: 'strict',
          properties: {
            productId: { type: 'keyword' },
            shelf: { type: 'integer' },
            title: { type: 'keyword', index: false, doc_values: false },
            description: { type: 'keyword', index: false, doc_values: false },
            titleText: text,
            aside: text,
            descriptionText: text,
            facets: { type: 'integer' },
            price: { type: 'long' },
            publishedAt: { type: 'long' },
            popularity: { type: 'float' },
            rating: { type: 'float' },
          },
        },
      },
    },
    PATIENT,
  )
}

/** The index questions are answered from; undefined before the first one was made. */
export async function indexInUse(client: OpenSearchClient): Promise<string | undefined> {
  try {
    return Object.keys(await client.call<Record<string, unknown>>('GET', `/_alias/${client.alias}`, undefined, PATIENT))[0]
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined
    throw error
  }
}

/** One to be filled: nothing in it can be found before `useIndex`. */
export async function makeIndex(client: OpenSearchClient, name: string): Promise<void> {
  await client.call('PUT', `/${name}`, { settings: { refresh_interval: '-1' } }, PATIENT)
}

/** Names of all our indices. */
export async function ownIndices(client: OpenSearchClient): Promise<string[]> {
  return Object.keys(await client.call<Record<string, unknown>>('GET', `/${client.alias}-*`, undefined, PATIENT))
}

/** From one request to the next the alias leads to the new index; then the others go. */
export async function useIndex(client: OpenSearchClient, name: string): Promise<void> {
  await client.call('PUT', `/${name}/_settings`, { index: { refresh_interval: REFRESHED_EVERY } }, PATIENT)
  await client.call('POST', `/${name}/_refresh`, undefined, PATIENT)
  const others = (await ownIndices(client)).filter((index) => index !== name)
  const before = await indexInUse(client)
  await client.call(
    'POST',
    '/_aliases',
    {
      actions: [
        ...(before ? [{ remove: { index: before, alias: client.alias } }] : []),
        { add: { index: name, alias: client.alias } },
      ],
    },
    PATIENT,
  )
  for (const index of others) await client.call('DELETE', `/${index}`, undefined, PATIENT)
}
