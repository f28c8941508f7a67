import type { Card } from '#contracts/rpc/catalogue.ts'
import { corrected, hardlyOccurs, likelier } from '../corrected.ts'
import type { SearchDeps } from '../deps.ts'
import type { Choice, Found, Hit, Question } from '../engines/engine.ts'
import { facetsOf } from '../facets.ts'
import { highlighted, type Matches, matchesOf, passage } from '../highlight.ts'
import type { SearchAnswer, SearchQuery } from '../shapes.ts'
import { type Rule, understand, type Understanding, type Wish } from '../understand.ts'
import { asked } from '../words.ts'
import { decodeCursor, encodeCursor } from '#kit/http/paging.ts'
import type { Query } from '#kit/db/db.ts'

export interface Ask extends Partial<Omit<SearchQuery, 'limit'>> {
  readonly limit: number
  readonly channel: string
  readonly locale: string
  /** customer groups whose prices the cards show; filters and orders go by the price of a stranger */
  readonly groups?: readonly string[]
}

/** An answer, and what it is made from. */
export interface Searched {
  readonly answer: SearchAnswer
  readonly productIds: readonly string[]
}

const NOTHING: Found = { hits: [], total: 0, counts: [], exact: true }
const NOWHERE: Located = { hits: [], pins: [], found: NOTHING, filtered: true, wishes: [], relaxed: false, next: undefined }
/** `boost` and `bury` multiply what a product scores. */
const FACTORS = { boost: 3, bury: 0.05 }
/** Of many words the rarest count when not all of them can be had. */
const MOST_RELAXED = 6
/** Who finds no more than this may have meant another word. */
const HANDFUL = 3

/** What was found, before anything is shown of it. */
export interface Located {
  readonly hits: readonly Hit[]
  /** products with a place of their own on the first page */
  readonly pins: readonly Rule[]
  readonly found: Found
  /** less than all that has the words was asked for */
  readonly filtered: boolean
  readonly wishes: readonly Wish[]
  readonly relaxed: boolean
  readonly next: string | undefined
}

/** One page of what a shopper looks for: the engine finds, the catalogue shows with the prices of this moment. */
export async function search(deps: SearchDeps, ask: Ask): Promise<Searched> {
  const { hits, pins, found, filtered, wishes, relaxed, next } = await locate(deps, ask)
  const ids = [...new Set([...pins, ...hits].map(({ productId }) => productId))]
  const { cards } =
    ids.length > 0
      ? await deps.products.cards({ channel: ask.channel, locale: ask.locale, groups: [...(ask.groups ?? [])], ids })
      : { cards: [] }
  const cardOf = new Map(cards.map(({ productId, card }) => [productId, card]))
  const matches = matchesOf(wishes)
  const items = hits.flatMap((hit) => itemOf(cardOf.get(hit.productId), hit, matches))
  for (const { productId, position } of pins) {
    const card = cardOf.get(productId)
    if (card) items.splice(Math.min(position! - 1, items.length), 0, ...itemOf(card, undefined, matches))
  }
  const pinned = items.filter((item) => item.pinned).length
  // doubts are settled by the best hits, which are on the first page
  const didYouMean = corrected(wishes, ask.cursor === undefined ? hits : [])
  return {
    answer: {
      items,
      ...(next === undefined ? {} : { next }),
      total: found.total + (pinned > 0 && found.total === 0 ? pinned : 0),
      exact: found.exact,
      didYouMean,
      mayMean: didYouMean === null && !relaxed && !filtered && found.total <= HANDFUL ? await commoner(deps, ask, wishes) : null,
      relaxed,
      facets: ask.facets === false ? null : facetsOf(found.counts),
    },
    productIds: items.map(({ id }) => id),
  }
}

/** The products of one page, in order. */
export async function locate(deps: SearchDeps, ask: Ask): Promise<Located> {
  const q = ask.q ?? ''
  const words = asked(q)
  const place = { channel: ask.channel, locale: ask.locale }
  const [meant, filters] = await Promise.all([understand(deps.db.brief, { q, ...place }), chosenTerms(deps.db.brief, ask)])
  // Something was typed, but no word is in it; or a filter names nothing.
  if (meant.shelf === null || (words.length === 0 && q.trim() !== '') || !filters) return NOWHERE

  const list = JSON.stringify(['search', place, words, ask.sort ?? '', ...filterKeys(ask)])
  const after = ask.cursor === undefined ? undefined : decodeCursor(ask.cursor, list, 3)
  const filtered =
    filters.choices.length > 0 || filters.must.length > 0 || ask.minPrice !== undefined || ask.maxPrice !== undefined
  const byRelevance = ask.sort === undefined || ask.sort === 'relevance'
  const pins = byRelevance && !filtered ? pinsOf(meant) : []
  const question: Question = {
    live: meant.live,
    shelf: meant.shelf,
    documents: meant.documents,
    wishes: meant.wishes,
    ...(meant.fillers.length > 0 ? { liked: meant.fillers } : {}),
    enough: meant.wishes.length,
    must: [meant.shelf, ...filters.must],
    choices: filters.choices,
    lowest: ask.minPrice ?? null,
    highest: ask.maxPrice ?? null,
    sort: ask.sort ?? 'relevance',
    boosts: boostsOf(meant),
    skipped: pins.map(({ productId }) => productId),
    after: after && { value: after[0]!, id: after[1]! },
    limit: ask.limit + 1,
    counted: ask.facets !== false,
  }
  const { found, wishes, relaxed, step } = await attempt(deps, question, ask, Number(after?.[2] ?? 0))
  const hits = found.hits.slice(0, ask.limit)
  const last = hits.at(-1)
  const next = found.hits.length > ask.limit && last ? encodeCursor([last.value, last.productId, String(step)], list) : undefined
  return { hits, pins: after ? [] : pins, found, filtered, wishes, relaxed, next }
}

/**
 * Everything that was asked for; where nothing has it, words that occur are taken for misspelt ones; then fewer words are enough. A later
 * page goes on with the step that its first page came to.
 */
async function attempt(deps: SearchDeps, question: Question, ask: Ask, from: number) {
  const steps: ((before: readonly Wish[]) => Promise<Pick<Question, 'wishes' | 'enough'> | undefined>)[] = [
    async (wishes) => ({ wishes, enough: wishes.length }),
    async (wishes) => {
      if (wishes.length === 0) return undefined
      const doubted = await understand(deps.db.brief, {
        q: ask.q ?? '',
        channel: ask.channel,
        locale: ask.locale,
        doubting: true,
      })
      return { wishes: doubted.wishes, enough: doubted.wishes.length }
    },
    async (wishes) => {
      const occurring = rarest(wishes)
      return occurring.length > 1 ? { wishes: occurring, enough: Math.max(1, occurring.length - 1) } : undefined
    },
    async (wishes) => {
      const occurring = rarest(wishes)
      return occurring.length > 3 ? { wishes: occurring, enough: Math.floor(occurring.length / 2) } : undefined
    },
  ]
  let { wishes } = question
  for (const [step, narrow] of steps.entries()) {
    // What a step doubts, later ones need as well.
    if (step < from && step !== 1) continue
    const next = await narrow(wishes)
    if (!next) continue
    if (step === 1) wishes = next.wishes
    if (step < from) continue
    const found = await deps.engine.find({ ...question, ...next })
    if (found.total > 0 || found.hits.length > 0)
      return { found, wishes: next.wishes, relaxed: next.enough < next.wishes.length, step }
  }
  return { found: NOTHING, wishes: question.wishes, relaxed: false, step: 0 }
}

/** What may have been meant by words that hardly occur; the first page says it. */
async function commoner(deps: SearchDeps, ask: Ask, wishes: readonly Wish[]): Promise<string | null> {
  if (ask.cursor !== undefined || !wishes.some(hardlyOccurs)) return null
  const doubted = await understand(deps.db.brief, { q: ask.q ?? '', channel: ask.channel, locale: ask.locale, doubting: true })
  return likelier(wishes, doubted.wishes)
}

const rarest = (wishes: readonly Wish[]): Wish[] =>
  wishes
    .filter(({ documents }) => documents > 0)
    .toSorted((a, b) => a.documents - b.documents)
    .slice(0, MOST_RELAXED)

function itemOf(card: Card | undefined, hit: Hit | undefined, matches: Matches): SearchAnswer['items'] {
  if (!card) return []
  const title = highlighted(card.title, matches)
  const description = hit ? (passage(hit.description, matches) ?? null) : null
  return [{ ...card, highlight: { title, description }, pinned: hit === undefined }]
}

/** In the order of their places. Pinned for this question and for every question, a product still stands once: higher up. */
const pinsOf = ({ rules }: Understanding) => {
  const pins = rules.filter(({ kind }) => kind === 'pin')
  return pins.filter(({ productId }, index) => pins.findIndex((other) => other.productId === productId) === index)
}
const boostsOf = ({ rules }: Understanding): Record<string, number> =>
  Object.fromEntries(rules.flatMap(({ kind, productId }) => (kind === 'pin' ? [] : [[productId, FACTORS[kind]] as const])))

const FILTERS = ['category', 'brand', 'seller', 'tag', 'option', 'price', 'minPrice', 'maxPrice', 'rating', 'inStock'] as const
const filterKeys = (ask: Ask) => FILTERS.map((name) => ask[name] ?? null)

/** The terms that filters name; undefined where one names nothing, so that nothing can fit. */
async function chosenTerms(db: Query, ask: Ask): Promise<{ must: number[]; choices: Choice[] } | undefined> {
  const named = [
    ...(['category', 'brand', 'seller', 'tag', 'price'] as const).flatMap((kind) =>
      (ask[kind] ?? []).map((name) => ({ facet: kind as string, kind: kind as string, name })),
    ),
    ...(ask.option ?? []).map((name) => ({ facet: `option:${name.slice(0, name.indexOf(':'))}`, kind: 'option', name })),
    ...Array.from({ length: ask.rating ? 6 - ask.rating : 0 }, (_, index) => ({
      facet: 'rating',
      kind: 'rating',
      name: String(5 - index),
    })),
    ...(ask.inStock ? [{ facet: 'stock', kind: 'stock', name: 'in' }] : []),
  ]
  if (named.length === 0) return { must: [], choices: [] }
  const rows = await db<{ facet: string; id: number }[]>`
    select distinct x.facet, t.id from jsonb_to_recordset(${JSON.stringify(named)}::text::jsonb) as x(facet text, kind text, name text)
      join terms t on t.locale = ${ask.locale} and t.kind = x.kind and (t.key = x.name or t.slug = x.name)`
  const chosen = Map.groupBy(rows, ({ facet }) => facet)
  if (named.some(({ facet }) => !chosen.has(facet))) return undefined
  const choices = [...chosen]
    .filter(([facet]) => facet !== 'stock')
    .map(([facet, terms]) => ({ facet, terms: terms.map(({ id }) => id) }))
  return { must: (chosen.get('stock') ?? []).map(({ id }) => id), choices }
}
