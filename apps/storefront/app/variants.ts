import type { Product } from './api.server.ts'

type Variant = Product['variants'][number]
/** option → value */
type Choice = Readonly<Record<string, string>>

/** The variant that has all the chosen values; the only one where there is nothing to choose. */
export const variantOf = (
  product: Pick<Product, 'options' | 'variants'>,
  chosen: (option: string) => string | undefined,
): Variant | undefined => product.variants.find(({ options }) => product.options.every(({ key }) => options[key] === chosen(key)))

/** What is chosen before anybody chooses: something that can be bought, where there is any. */
export const firstChoice = ({ variants }: Pick<Product, 'variants'>): Choice =>
  (variants.find(({ inStock }) => inStock) ?? variants[0])?.options ?? {}

/** Whether nothing can be bought with this value: beside what else is chosen, or, where that is not known, in any choice. */
export function isSoldOut(
  product: Pick<Product, 'options' | 'variants'>,
  option: string,
  value: string,
  chosen: Choice | undefined,
): boolean {
  if (chosen) return variantOf(product, (key) => (key === option ? value : chosen[key]))?.inStock !== true
  return !product.variants.some(({ options, inStock }) => options[option] === value && inStock)
}
