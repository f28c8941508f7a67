/** Rules of A/B tests, pure. */
import { createHash } from 'node:crypto'

export const PLACEMENTS = ['feed', 'also-bought', 'similar', 'goes-with', 'trending'] as const
export type Placement = (typeof PLACEMENTS)[number]
/** `collaborative`: by what was bought, carted and opened together; `content`: by text and attributes; `popular`: what sells; `trending`: what is in demand now */
export const STRATEGIES = ['collaborative', 'content', 'popular', 'trending'] as const
export type Strategy = (typeof STRATEGIES)[number]

/** How each place is filled where no experiment says otherwise. */
export const USUAL: Readonly<Record<Placement, Strategy>> = {
  feed: 'collaborative',
  'also-bought': 'collaborative',
  similar: 'content',
  'goes-with': 'collaborative',
  trending: 'trending',
}

export interface Variant {
  readonly key: string
  /** its part of those who take part, among the sum of all weights */
  readonly weight: number
  readonly strategy: Strategy
  /** version of the model; null: the active one */
  readonly model: number | null
}

export interface Experiment {
  readonly id: string
  readonly key: string
  readonly placement: Placement
  /** the first is what the others are compared with */
  readonly variants: readonly Variant[]
}

/** What is wrong with variants, with the place in the list; undefined: nothing. */
export function faultOf(variants: readonly Variant[]): { at: number; message: string } | undefined {
  for (const [at, { key, strategy, model }] of variants.entries()) {
    if (variants.findIndex((other) => other.key === key) !== at) return { at, message: 'has the key of another variant' }
    if (model !== null && strategy !== 'collaborative') return { at, message: 'names a model, but its strategy uses none' }
  }
  return undefined
}

const STEPS = 2 ** 32

/**
 * The variant of a subject: always the same one while the experiment has the same id and variants, evenly spread by weight, and
 * independent of every other experiment, whose id is another.
 */
export function variantOf({ id, variants }: Experiment, subject: string): Variant {
  const place = createHash('sha256').update(`${id}:${subject}`).digest().readUInt32BE(0) / STEPS
  const total = variants.reduce((sum, { weight }) => sum + weight, 0)
  let upTo = 0
  for (const variant of variants) {
    upTo += variant.weight / total
    if (place < upTo) return variant
  }
  return variants.at(-1)!
}
