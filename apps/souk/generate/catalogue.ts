/** A catalogue of any size from nothing but numbers: product 4711 is the same on every machine and in every run. Pure. */
import { adjectives, colours, departments, materials, type Pair, sizes, styles, syllables, uses } from './vocabulary.ts'

export interface GeneratedPlace {
  readonly slug: string
  readonly parent: string | null
  readonly titles: { readonly en: string; readonly de: string }
}
export interface GeneratedName {
  readonly slug: string
  readonly name: string
}
export interface GeneratedProduct {
  readonly slug: string
  readonly at: string
  readonly texts: { readonly en: { title: string; description: string }; readonly de: { title: string; description: string } }
  readonly category: string
  readonly brand: string
  readonly seller: string
  readonly tags: string[]
  readonly options: { key: string; titles: Record<string, string>; values: { key: string; titles: Record<string, string> }[] }[]
  readonly variants: { sku: string; options: Record<string, string>; amount: number }[]
}

const BRANDS = 1000
const SERIES = 4000
const FIRST_DAY = Date.UTC(2019, 0, 1)
const DAYS = 2500

const slugOf = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Numbers from 0 to 1 that belong to a seed. */
function numbersOf(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b1
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Few are everywhere, many are rare: about as words and brands are. */
const skewed = (number: number, size: number): number => Math.min(size - 1, Math.floor(size * number ** 2.2))
const any = <T>(list: readonly T[], number: number): T => list[Math.min(list.length - 1, Math.floor(list.length * number))]!

function invented(index: number, salt: number, syllableCount: number): string {
  const next = numbersOf(index * 7919 + salt)
  return capital(Array.from({ length: syllableCount }, () => any(syllables, next())).join(''))
}

export const brandOf = (index: number): GeneratedName => {
  const name = `${invented(index, 11, 2 + (index % 2))}${any(['', '', ' & Co', ' Home', ' Works', 'n'], numbersOf(index)())}`
  return { slug: `${slugOf(name)}-${index}`, name }
}
export const sellerOf = (index: number): GeneratedName => {
  const name = `${invented(index, 23, 3)} ${any(['Traders', 'Market', 'Store', 'Studio', 'Supplies'], numbersOf(index + 5)())}`
  return { slug: `${slugOf(name)}-${index}`, name }
}
export const brands = (): GeneratedName[] => Array.from({ length: BRANDS }, (_, index) => brandOf(index))
export const sellers = (count: number): GeneratedName[] => Array.from({ length: count }, (_, index) => sellerOf(index))

/** Departments, things, and each thing in every style: about five thousand, parents first. */
export function categories(): GeneratedPlace[] {
  const place = (slug: string, parent: string | null, [en, de]: Pair): GeneratedPlace => ({
    slug,
    parent,
    titles: { en: capital(en), de: capital(de) },
  })
  const tops = departments.map(({ title }) => place(topSlug(title), null, title))
  const things = departments.flatMap(({ title, things: own }) =>
    own.map((thing) => place(thingSlug(title, thing), topSlug(title), thing)),
  )
  const leaves = departments.flatMap(({ title, things: own }) =>
    own.flatMap((thing) =>
      styles.map((style) =>
        place(leafSlug(title, thing, style), thingSlug(title, thing), [`${style[0]} ${thing[0]}`, `${style[1]} ${thing[1]}`]),
      ),
    ),
  )
  return [...tops, ...things, ...leaves]
}
const topSlug = (title: Pair) => `g-${slugOf(title[0])}`
const thingSlug = (title: Pair, thing: Pair) => `${topSlug(title)}-${slugOf(thing[0])}`
const leafSlug = (title: Pair, thing: Pair, style: Pair) => `${thingSlug(title, thing)}-${slugOf(style[0])}`

/** The product with this number. */
export function productOf(index: number, sellerCount: number): GeneratedProduct {
  const next = numbersOf(index)
  const department = departments[skewed(next(), departments.length)]!
  const thing = department.things[skewed(next(), department.things.length)]!
  const style = styles[skewed(next(), styles.length)]!
  const brand = brandOf(skewed(next(), BRANDS))
  const series = invented(skewed(next(), SERIES), 37, 3)
  const [adjective, material, use] = [any(adjectives, next()), materials[skewed(next(), materials.length)]!, any(uses, next())]
  const colour = colours[skewed(next(), colours.length)]!
  const model = `${series.slice(0, 1).toUpperCase()}${100 + Math.floor(next() * 9900)}`
  const inColours = next() < 0.5
  const title = {
    en: `${brand.name} ${capital(style[0])} ${adjective[0]} ${material[0]} ${thing[0]} ${series} ${model}${inColours ? '' : ` ${colour[0]}`}`,
    de: `${brand.name} ${capital(thing[1])} ${series} ${model}, ${adjective[1]}, ${material[1]}${inColours ? '' : `, ${colour[1]}`}`,
  }
  const base = Math.round(10 ** (2.5 + next() * 2)) + 99
  const description = {
    en: `${capital(adjective[0])} ${thing[0]} of ${material[0]} in ${style[0]} style, ${use[0]}. From the series ${series} by ${brand.name}.`,
    de: `${thing[1]} aus ${material[1]}, ${adjective[1]}, ${use[1]}. Aus der Serie ${series} von ${brand.name}.`,
  }
  return {
    slug: `g${index}-${slugOf(title.en).slice(0, 90)}`,
    at: new Date(FIRST_DAY + Math.floor(next() * DAYS * 86_400) * 1000).toISOString(),
    texts: { en: { title: title.en, description: description.en }, de: { title: title.de, description: description.de } },
    category: leafSlug(department.title, thing, style),
    brand: brand.slug,
    seller: sellerOf(skewed(next(), sellerCount)).slug,
    tags: [slugOf(material[0]), ...(next() < 0.1 ? ['new'] : []), ...(next() < 0.05 ? ['sale'] : [])],
    ...variantsOf(index, base, inColours, department.title[0], next),
  }
}

function variantsOf(
  index: number,
  base: number,
  inColours: boolean,
  department: string,
  next: () => number,
): Pick<GeneratedProduct, 'options' | 'variants'> {
  const sized = department === 'Clothing' || department === 'Shoes'
  const own = inColours
    ? [...new Set([skewed(next(), colours.length), skewed(next(), colours.length)])].map((at) => colours[at]!)
    : []
  const ownSizes = sized ? sizes.slice(Math.floor(next() * 3), 4 + Math.floor(next() * 3)) : []
  const options = [
    ...(own.length > 0
      ? [
          {
            key: 'colour',
            titles: { en: 'Colour', de: 'Farbe' },
            values: own.map(([en, de]) => ({ key: en, titles: { en: capital(en), de } })),
          },
        ]
      : []),
    ...(ownSizes.length > 0
      ? [
          {
            key: 'size',
            titles: { en: 'Size', de: 'Größe' },
            values: ownSizes.map((size) => ({ key: size.toLowerCase(), titles: { en: size, de: size } })),
          },
        ]
      : []),
  ]
  const combinations: Record<string, string>[] = options.reduce<Record<string, string>[]>(
    (all, { key, values }) => all.flatMap((one) => values.map((value) => ({ ...one, [key]: value.key }))),
    [{}],
  )
  return {
    options,
    variants: combinations.map((chosen, at) => ({ sku: `G${index}-${at}`, options: chosen, amount: base + at * 50 })),
  }
}
