import type { Answer } from '../../../../packages/client/src/client.ts'
import { typedAmount } from '../parts/show.tsx'

/** A product as it is written. */
export type Edit = Answer<'GET /api/products/{id}/edit'>
export type Text = Edit['texts'][string]
export type Variant = Edit['variants'][number]
export type Option = Edit['options'][number]

/** What a person changes as one thing; two people may change different ones at the same time. */
export interface Parts {
  readonly slug: Edit['slug']
  readonly brandId: Edit['brandId']
  readonly taxClass: Edit['taxClass']
  readonly channels: Edit['channels']
  readonly tags: Edit['tags']
  readonly categoryIds: Edit['categoryIds']
  readonly attributes: Edit['attributes']
  readonly variants: { readonly options: readonly Option[]; readonly variants: readonly Variant[] }
  readonly [text: `text ${string}`]: Text | undefined
}
export type Part = keyof Parts

const partsOf = (edit: Edit): Parts => ({
  slug: edit.slug,
  brandId: edit.brandId,
  taxClass: edit.taxClass,
  channels: edit.channels,
  tags: edit.tags,
  categoryIds: edit.categoryIds,
  attributes: edit.attributes,
  variants: { options: edit.options, variants: edit.variants },
  ...Object.fromEntries(Object.entries(edit.texts).map(([language, text]) => [`text ${language}`, text])),
})

/** What somebody has changed and not saved, upon the version they saw. */
export interface Draft {
  readonly base: Edit
  readonly mine: Partial<Parts>
  /** what others saved meanwhile; `both`: we had changed it too, and somebody has to decide */
  readonly meanwhile: { readonly theirs: Edit; readonly changed: readonly Part[]; readonly both: readonly Part[] } | undefined
}

export const startDraft = (base: Edit): Draft => ({ base, mine: {}, meanwhile: undefined })

/** A part as it is shown: ours before theirs. */
export function partOf<P extends Part>({ base, mine }: Draft, part: P): Parts[P] {
  return (Object.hasOwn(mine, part) ? mine[part] : partsOf(base)[part]) as Parts[P]
}

/** A part as it is stored in a version. */
export const storedPart = <P extends Part>(edit: Edit, part: P): Parts[P] => partsOf(edit)[part]

/** A part in a few words, to tell two of them apart. */
export function brief<P extends Part>(part: P, value: Parts[P]): string {
  if (part.startsWith('text ')) return briefText(value as Text | undefined)
  if (part === 'variants') {
    const { variants } = value as Parts['variants']
    return variants.map(({ sku, price }) => (price ? `${sku} ${typedAmount(price.amount, price.currency)}` : sku)).join(', ')
  }
  if (part === 'categoryIds') return `${(value as Parts['categoryIds']).length} of them`
  if (part === 'channels' && value === null) return 'every channel'
  if (Array.isArray(value)) return value.join(', ') || 'none'
  if (value !== null && typeof value === 'object')
    return Object.entries(value)
      .map(([key, one]) => `${key}: ${String(one)}`)
      .join(', ')
  // an id says nothing to people
  return part === 'brandId' ? '' : String(value)
}

function briefText(text: Text | undefined): string {
  if (!text) return 'no text'
  return [text.title, text.description].filter(Boolean).join(' – ')
}

export const isChanged = ({ mine }: Draft): boolean => Object.keys(mine).length > 0

/** The draft with a part of it changed; changed back it is no change. */
export function change<P extends Part>(draft: Draft, part: P, value: Parts[P]): Draft {
  const { [part]: _before, ...others } = draft.mine as Record<string, unknown>
  const mine = same(partsOf(draft.base)[part], value) ? others : { ...others, [part]: value }
  return { ...draft, mine: mine as Partial<Parts> }
}

/**
 * The draft upon what is stored now. What others changed is taken over; what we changed stays ours. Where both changed the same
 * part, nothing is decided here: `meanwhile.both` names it.
 */
export function follow(draft: Draft, theirs: Edit): Draft {
  if (theirs.version < draft.base.version) return draft
  const [before, now] = [partsOf(draft.base), partsOf(theirs)]
  const changed = partNames(before, now).filter((part) => !same(before[part], now[part]))
  if (changed.length === 0 && theirs.version === draft.base.version) return draft
  const both = changed.filter((part) => Object.hasOwn(draft.mine, part) && !same(draft.mine[part], now[part]))
  if (both.length > 0) return { ...draft, meanwhile: { theirs, changed, both } }
  const mine = Object.fromEntries(Object.entries(draft.mine).filter(([part, value]) => !same(now[part as Part], value)))
  // nothing of ours was open: what is shown is simply what is stored
  const told = changed.length > 0 && isChanged(draft)
  return { base: theirs, mine: mine as Partial<Parts>, meanwhile: told ? { theirs, changed, both: [] } : undefined }
}

/** Ends a contradiction: `keep` names the parts in which ours shall stand. */
export function decide(draft: Draft, keep: ReadonlySet<Part>): Draft {
  if (!draft.meanwhile) return draft
  const { theirs, both } = draft.meanwhile
  const dropped = new Set<string>(both.filter((part) => !keep.has(part)))
  const mine = Object.fromEntries(Object.entries(draft.mine).filter(([part]) => !dropped.has(part)))
  return { base: theirs, mine: mine as Partial<Parts>, meanwhile: undefined }
}

/** Body of the PATCH: only what we changed, so that a save touches nothing else. */
export function patchOf({ base, mine }: Draft) {
  const { variants, ...rest } = mine
  const plain = Object.fromEntries(Object.entries(rest).filter(([part]) => !part.startsWith('text ')))
  const texts = Object.entries(mine).filter(([part]) => part.startsWith('text '))
  return {
    ...(plain as Partial<Pick<Parts, 'slug' | 'brandId' | 'taxClass' | 'channels' | 'tags' | 'categoryIds' | 'attributes'>>),
    ...(variants ? { options: [...variants.options], variants: priced(variants.variants, base.variants) } : {}),
    ...(texts.length > 0 ? { texts: textsOf(base, texts as [string, Text | undefined][]) } : {}),
  }
}

/** A price has no version of its own: only one that we changed is sent, so that it does not bring an old one back. */
function priced(variants: readonly Variant[], before: readonly Variant[]): Variant[] {
  const known = new Map(before.map(({ sku, price }) => [sku, price]))
  return variants.map(({ price, ...variant }) =>
    price === undefined || same(price, known.get(variant.sku)) ? variant : { ...variant, price },
  )
}

/** Texts are replaced as a whole; a language whose text was taken away is not among them. */
function textsOf(base: Edit, changed: readonly (readonly [string, Text | undefined])[]): Edit['texts'] {
  const all = { ...base.texts, ...Object.fromEntries(changed.map(([part, text]) => [part.slice('text '.length), text])) }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, Text] => entry[1] !== undefined))
}

function partNames(...all: readonly Parts[]): Part[] {
  return [...new Set(all.flatMap((parts) => Object.keys(parts)))] as Part[]
}

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)

/** Keys in one order; what is undefined is not there. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) =>
      part !== null && typeof part === 'object' && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ) ?? ''
  )
}
