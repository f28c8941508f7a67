/** From what a shopper typed to what is looked for, the same for every engine. */
import type { Query } from '#kit/db/db.ts'
import { asked, likeliest, mayBeMisspelt, slipsOf, worthKnowing } from './words.ts'

/** One way to say a word: all of these lexemes, each as it stands or as its stem. */
export interface Way {
  readonly words: readonly string[]
  /** for each word the forms it is indexed under */
  readonly forms: readonly (readonly string[])[]
}

/** A word of the question with everything that counts as it. */
export interface Wish {
  readonly typed: string
  readonly ways: readonly Way[]
  /** the word that was taken instead, where the typed one occurs nowhere */
  readonly taken: string | undefined
  /** about how many documents have it */
  readonly documents: number
  /** whether it occurs as it was typed */
  readonly known: boolean
  /** where it occurs and is doubted all the same: those of its ways that are other words, a slip or two away, and how many documents have them */
  readonly doubts?: readonly (Way & { readonly documents: number })[]
}

export interface Rule {
  readonly productId: string
  readonly kind: 'pin' | 'boost' | 'bury'
  readonly position: number | null
}

export interface Understanding {
  readonly live: string
  readonly shelf: number | null
  /** documents of the language */
  readonly documents: number
  readonly words: readonly string[]
  readonly wishes: readonly Wish[]
  /** words that are not looked for, as "the" and "of": who has them as well stands higher */
  readonly fillers: readonly string[]
  readonly rules: readonly Rule[]
}

interface Candidate {
  word: string
  documents: number
  forms: string[]
}
interface Row {
  live: string
  shelf: number | null
  documents: number | null
  known:
    | { word: string; documents: number | null; forms: string[]; near: Candidate[] | null; longer: Candidate[] | null }[]
    | null
  synonyms: { words: string[]; finds: string[] }[] | null
  others: { word: string; forms: string[] }[] | null
  rules: { product_id: string; kind: Rule['kind']; position: number | null }[] | null
}

const MOST_SLIPPED = 4
const LONGEST_PHRASE = 3

export interface Asked {
  readonly q: string
  readonly channel: string
  readonly locale: string
  readonly doubting?: boolean
  /** the last word may be only its beginning, although there is such a word */
  readonly typing?: boolean
}

/**
 * One statement: the side to read, the shelf, what is known of each word, synonyms and rules. With `doubting` words that occur are
 * looked at as if they were misspelt as well: the right word may be one slip away from another one.
 */
export async function understand(
  db: Query,
  { q, channel, locale, doubting = false, typing = false }: Asked,
): Promise<Understanding> {
  const words = asked(q)
  const phrases = phrasesOf(words)
  const slips = [...new Set(words)].map((word) => ({ word, slips: mayBeMisspelt(word) ? slipsOf(word) : [] }))
  const [row] = await db<Row[]>`
    select u.* from understood(${JSON.stringify(slips)}::text::jsonb, ${phrases}, ${channel}, ${locale}, ${words.join(' ')}, ${doubting},
                               ${typing ? (words.at(-1) ?? null) : null}) u`
  return {
    live: row!.live,
    shelf: row!.shelf,
    documents: row!.documents ?? 0,
    words,
    ...wishesOf(words, row!, doubting),
    rules: (row!.rules ?? []).map(({ product_id, kind, position }) => ({ productId: product_id, kind, position })),
  }
}

/** Runs of one to three words, as synonyms may name them. */
function phrasesOf(words: readonly string[]): string[] {
  const phrases = new Set<string>()
  for (let from = 0; from < words.length; from += 1)
    for (let length = 1; length <= LONGEST_PHRASE && from + length <= words.length; length += 1)
      phrases.add(words.slice(from, from + length).join(' '))
  return [...phrases]
}

function wishesOf(words: readonly string[], row: Row, doubting: boolean): Pick<Understanding, 'wishes' | 'fillers'> {
  const known = new Map((row.known ?? []).map((entry) => [entry.word, entry]))
  const forms = new Map([...(row.known ?? []), ...(row.others ?? [])].map((entry) => [entry.word, entry.forms]))
  const way = (phrase: string): Way => {
    const own = phrase.split(' ')
    return { words: own, forms: own.map((word) => [...new Set([word, ...(forms.get(word) ?? [])])]) }
  }
  const meaning = (phrase: string): Way[] =>
    (row.synonyms ?? [])
      .filter((entry) => entry.words.includes(phrase))
      .flatMap(({ words: same, finds }) => (finds.length > 0 ? finds : same.filter((other) => other !== phrase)))
      .map(way)

  const wishes: Wish[] = []
  for (let at = 0; at < words.length; ) {
    const phrase = longestMeaning(words, at, row)
    if (phrase) {
      const ways = [way(phrase), ...meaning(phrase)]
      wishes.push({ typed: phrase, ways, taken: undefined, documents: row.documents ?? 0, known: true })
      at += phrase.split(' ').length
      continue
    }
    const typed = words[at]!
    at += 1
    const entry = known.get(typed)
    const near = likeliest(typed, entry?.near ?? []).slice(0, MOST_SLIPPED)
    const longer = entry?.longer ?? []
    const instead = [...longer, ...(longer.length === 0 || doubting ? near : [])]
    const others = instead.map(({ word, documents, forms: own }) => ({ words: [word], forms: [[word, ...own]], documents }))
    const ways = [way(typed), ...others, ...meaning(typed)]
    // of a SKU or a model number nobody counts how often it occurs
    const documents =
      (entry?.documents ?? (worthKnowing(typed) ? 0 : 1)) + instead.reduce((sum, candidate) => sum + candidate.documents, 0)
    const unknown = entry?.documents === null || entry?.documents === undefined
    const taken = unknown && longer.length === 0 ? near[0]?.word : undefined
    wishes.push({ typed, ways, taken, documents, known: !unknown, ...(unknown || !doubting ? {} : { doubts: others }) })
  }
  // "the", "of": nobody looks for them, unless there is nothing else
  const isFiller = ({ typed, ways }: Wish) => ways.length === 1 && forms.get(typed)?.length === 0
  const telling = wishes.filter((wish) => !isFiller(wish))
  return telling.length > 0
    ? { wishes: telling, fillers: wishes.filter(isFiller).map(({ typed }) => typed) }
    : { wishes, fillers: [] }
}

function longestMeaning(words: readonly string[], at: number, row: Row): string | undefined {
  for (let length = LONGEST_PHRASE; length > 1; length -= 1) {
    const phrase = words.slice(at, at + length).join(' ')
    if (at + length <= words.length && row.synonyms?.some((entry) => entry.words.includes(phrase))) return phrase
  }
  return undefined
}
