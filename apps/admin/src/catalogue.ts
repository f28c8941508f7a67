import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../../packages/client/src/client.ts'
import { api } from './session.ts'

/** What products are described with, as screens offer it to choose from. */
export interface Named {
  readonly value: string
  readonly label: string
}

/** More than this is not offered to choose from; nobody reads such a list. */
const MOST = 5_000
/** These change seldom, and every screen of the catalogue asks for them. */
const STALE_MS = 60_000

async function all<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of entries) {
    found.push(one)
    if (found.length >= MOST) break
  }
  return found
}

export type Category = Answer<'GET /api/categories'>['items'][number]

export const useCategories = () =>
  useQuery({
    queryKey: ['categories'],
    queryFn: async () => (await api.call('GET /api/categories')).items,
    staleTime: STALE_MS,
  })

/** Every category with the way to it: `Kitchen › Mugs`. Parents stand before their children, so one pass is enough. */
export function pathsOf(categories: readonly Category[]): Named[] {
  const paths = new Map<string, string>()
  return categories.map(({ id, title, parentId }) => {
    const above = parentId === null ? undefined : paths.get(parentId)
    const label = above === undefined ? title : `${above} › ${title}`
    paths.set(id, label)
    return { value: id, label }
  })
}

export const useBrands = () =>
  useQuery({
    queryKey: ['brands'],
    queryFn: async () =>
      (await all(api.each('GET /api/brands', { query: { limit: 100 } }))).map(({ id, name }) => ({ value: id, label: name })),
    staleTime: STALE_MS,
  })

export const useTags = () =>
  useQuery({
    queryKey: ['tags'],
    queryFn: async () =>
      (await all(api.each('GET /api/tags', { query: { limit: 100 } }))).map(({ tag }) => ({ value: tag, label: tag })),
    staleTime: STALE_MS,
  })

/** The sales channels; the first is the one whose prices these screens show. */
export const useChannels = () =>
  useQuery({
    queryKey: ['channels'],
    queryFn: async () => (await api.call('GET /api/channels')).items,
    staleTime: STALE_MS,
  })

/** Every language that some channel speaks, the default channel's first. */
export const languagesOf = (channels: readonly { readonly locales: readonly string[] }[]): string[] => [
  ...new Set(channels.flatMap(({ locales }) => locales)),
]

export const useTaxClasses = () =>
  useQuery({
    queryKey: ['tax-classes'],
    queryFn: async () => (await api.call('GET /api/tax-classes')).items,
    staleTime: STALE_MS,
  })

export const useAttributes = () =>
  useQuery({
    queryKey: ['attributes', 'product'],
    queryFn: async () => (await api.call('GET /api/attributes', { query: { entity: 'product' } })).items,
    staleTime: STALE_MS,
  })
