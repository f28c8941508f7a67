import { errors } from './errors.ts'

/** A sales channel as the edge needs to know it. */
export interface ChannelFacts {
  readonly key: string
  /** BCP 47 tags, the first is the default */
  readonly locales: readonly string[]
}

/** Which channels exist and which host names lead to them. Read at every request: keep it in memory. */
export interface ChannelDirectory {
  readonly defaultChannel: ChannelFacts
  byKey(key: string): ChannelFacts | undefined
  byHost(host: string): ChannelFacts | undefined
  /** grows with every change; undefined: nothing ever changes */
  readonly version?: number
}

/** One channel for everybody; the start of every shop and enough for tests. */
export function singleChannel(key = 'default', locales: readonly string[] = ['en', 'de']): ChannelDirectory {
  const facts = { key, locales }
  return { defaultChannel: facts, byKey: (name) => (name === key ? facts : undefined), byHost: () => undefined }
}

/** Header, then host, then default. A header that names no channel throws `http/unknown-channel`. */
export function negotiateChannel(
  directory: ChannelDirectory,
  header: string | undefined,
  host: string | undefined,
): ChannelFacts {
  if (header !== undefined) {
    const named = directory.byKey(header)
    if (!named) throw errors.unknownChannel()
    return named
  }
  return (host && directory.byHost(host.toLowerCase().replace(/:\d+$/, ''))) || directory.defaultChannel
}

/** The offered tag that fits best: the same tag, the same language, or nothing. */
function match(wanted: string, offered: readonly string[]): string | undefined {
  const lower = wanted.toLowerCase()
  const language = lower.split('-')[0]
  return (
    offered.find((tag) => tag.toLowerCase() === lower) ??
    offered.find((tag) => tag.toLowerCase() === language) ??
    offered.find((tag) => tag.toLowerCase().split('-')[0] === language)
  )
}

/** One of `offered`: what `?locale` asks for, else the best of Accept-Language (RFC 9110 §12.5.4), else the first. */
export function negotiateLocale(offered: readonly string[], query: string | undefined, header: string | undefined): string {
  const fallback = offered[0] ?? 'en'
  if (query !== undefined) {
    const chosen = match(query, offered)
    if (chosen) return chosen
  }
  if (header === undefined || header.length > 500) return fallback
  const wishes = header
    .split(',')
    .map((part, order) => {
      const [tag = '', ...parameters] = part.trim().split(';')
      const q = parameters.map((text) => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1]).find(Boolean)
      return { tag: tag.trim(), q: q === undefined ? 1 : Number(q), order }
    })
    .filter(({ tag, q }) => tag !== '' && q > 0)
    .toSorted((a, b) => b.q - a.q || a.order - b.order)
  for (const { tag } of wishes) {
    if (tag === '*') return fallback
    const chosen = match(tag, offered)
    if (chosen) return chosen
  }
  return fallback
}
