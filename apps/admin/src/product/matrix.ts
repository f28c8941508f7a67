import type { Edit, Option, Variant } from './draft.ts'

/** As many variants as the shop takes of one product. */
export const MOST = 200

/** What is sold of a product: its options and the combinations of them that exist. */
export interface Matrix {
  readonly options: readonly Option[]
  readonly variants: readonly Variant[]
}

/** One combination of option values; without a variant it is not sold. */
export interface Line {
  readonly options: Readonly<Record<string, string>>
  readonly variant: Variant | undefined
  /** a SKU to sell it under: the one it had before, else one made from the address */
  readonly sku: string
}

const keyOf = (options: readonly Option[], chosen: Readonly<Record<string, string>>): string =>
  JSON.stringify(options.map(({ key }) => chosen[key]))

/** How many combinations the options make; more than MOST cannot all be sold. */
export const combinationCount = (options: readonly Option[]): number =>
  options.reduce((count, { values }) => count * values.length, 1)

/** Every combination in the order of the options; where there are too many, those that are sold. */
export function linesOf({ options, variants }: Matrix, slug: string, retired: Edit['retired']): Line[] {
  const sold = new Map(variants.map((variant) => [keyOf(options, variant.options), variant]))
  const before = new Map(retired.map((one) => [keyOf(options, one.options), one.sku]))
  const taken = new Set([...variants.map(({ sku }) => sku), ...retired.map(({ sku }) => sku)])
  const combinations = combinationCount(options) > MOST ? variants.map((one) => one.options) : combinationsOf(options)
  return combinations.map((chosen) => {
    const key = keyOf(options, chosen)
    const variant = sold.get(key)
    return { options: chosen, variant, sku: variant?.sku ?? before.get(key) ?? freeSku(slug, options, chosen, taken) }
  })
}

function combinationsOf(options: readonly Option[]): Record<string, string>[] {
  return options.reduce<Record<string, string>[]>(
    (all, { key, values }) => all.flatMap((chosen) => values.map((value) => ({ ...chosen, [key]: value.key }))),
    [{}],
  )
}

function freeSku(slug: string, options: readonly Option[], chosen: Record<string, string>, taken: ReadonlySet<string>): string {
  const wanted = [slug, ...options.map(({ key }) => chosen[key])].join('-').slice(0, 60)
  for (let n = 1; ; n += 1) {
    const sku = n === 1 ? wanted : `${wanted}-${n}`
    if (!taken.has(sku)) return sku
  }
}

/**
 * Whether the SKU is that of a variant that is stored: stock, prices and orders hang on it, so writing another would take the variant
 * off sale and make a new one that has nothing. Not while a second line is called the same: one of them is being typed.
 */
export const hasFixedSku = (sku: string, { variants }: Matrix, stored: readonly Pick<Variant, 'sku'>[]): boolean =>
  stored.some((one) => one.sku === sku) && variants.filter((one) => one.sku === sku).length === 1

/** Sells a combination, or sells it no longer. What is `stored` comes back as it was. */
export function toggled(matrix: Matrix, line: Line, stored: readonly Variant[] = []): Matrix {
  const { variants } = matrix
  if (line.variant) return { ...matrix, variants: variants.filter((one) => one !== line.variant) }
  const before = stored.find(({ sku }) => sku === line.sku)
  if (before) return { ...matrix, variants: [...variants, { ...before, options: { ...line.options } }] }
  const weightGrams = variants[0]?.weightGrams ?? 0
  return {
    ...matrix,
    variants: [...variants, { sku: line.sku, options: { ...line.options }, barcode: null, weightGrams, attributes: {} }],
  }
}

/** A new option; what is sold already gets its first value, so that it goes on being sold. */
export function withOption(matrix: Matrix, option: Option): Matrix {
  const [first] = option.values
  return {
    options: [...matrix.options, option],
    variants: matrix.variants.map((variant) => ({
      ...variant,
      options: { ...variant.options, [option.key]: first?.key ?? '' },
    })),
  }
}

/** The option is gone; of variants that only it told apart the first stays. */
export function withoutOption({ options, variants }: Matrix, key: string): Matrix {
  const left = options.filter((option) => option.key !== key)
  const seen = new Set<string>()
  const kept = variants
    .map((variant) => {
      const { [key]: _gone, ...chosen } = variant.options
      return { ...variant, options: chosen }
    })
    .filter((variant) => {
      const combination = keyOf(left, variant.options)
      return seen.has(combination) ? false : seen.add(combination)
    })
  return { options: left, variants: kept }
}

/** A value more, or one less together with what was sold of it. The last value of an option stays. */
export function withValue(matrix: Matrix, key: string, value: Option['values'][number]): Matrix {
  return {
    ...matrix,
    options: matrix.options.map((option) => (option.key === key ? { ...option, values: [...option.values, value] } : option)),
  }
}
export function withoutValue({ options, variants }: Matrix, key: string, value: string): Matrix {
  return {
    options: options.map((option) =>
      option.key === key ? { ...option, values: option.values.filter((one) => one.key !== value) } : option,
    ),
    variants: variants.filter((variant) => variant.options[key] !== value),
  }
}

interface Named {
  readonly key: string
  readonly titles?: Readonly<Record<string, string>> | undefined
}

/** What people call an option or one of its values. */
export const nameOf = ({ key, titles }: Named): string => titles?.['en'] ?? Object.values(titles ?? {})[0] ?? key

/**
 * A key made from a name: `Extra Large` → `extra-large`, `赤` → `u8d64`; undefined where there is no letter or digit. `others` have
 * their keys: the same name again has none, another name of the same key (`C`, `C++`) gets `c-2`.
 */
export function keyFrom(name: string, others: readonly Named[] = []): string | undefined {
  const made = latinKeyOf(name) ?? lettersKeyOf(name)
  const wanted = name.trim().toLowerCase()
  if (made === undefined || others.some((one) => nameOf(one).toLowerCase() === wanted)) return undefined
  for (let n = 1; ; n += 1) {
    const key = n === 1 ? made : `${made}-${n}`
    if (!others.some((one) => one.key === key)) return key
  }
}

/** Of letters that are not Latin: their numbers, so that the same word has the same key in every product. */
function lettersKeyOf(name: string): string | undefined {
  const letters =
    name
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]/gu) ?? []
  return letters.length === 0
    ? undefined
    : `u${letters.map((letter) => letter.codePointAt(0)?.toString(16)).join('')}`.slice(0, 56)
}

/** Undefined where no Latin letter and no digit is in it. */
export function latinKeyOf(name: string): string | undefined {
  const key = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 56)
    .replace(/^-|-$/g, '')
  return key === '' ? undefined : key
}
