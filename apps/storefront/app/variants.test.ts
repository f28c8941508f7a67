import { expect, it } from 'vitest'
import type { Product } from './api.server.ts'
import { firstChoice, isSoldOut, variantOf } from './variants.ts'

const option = (key: string, ...values: string[]) => ({
  key,
  title: key,
  values: values.map((value) => ({ key: value, title: value })),
})
const variant = (size: string, colour: string, inStock: boolean) => ({
  sku: `${size}-${colour}`,
  options: { size, colour },
  inStock,
})
const shirt = {
  options: [option('size', 's', 'm', 'l'), option('colour', 'red', 'blue')],
  variants: [
    variant('s', 'red', false), variant('s', 'blue', true), variant('m', 'red', true), variant('m', 'blue', true), variant('l', 'red', false),
  ], // biome-ignore format: a shelf in a row
} as unknown as Product

it('begins with a variant that can be bought', () => {
  expect(firstChoice(shirt)).toEqual({ size: 's', colour: 'blue' })
  expect(variantOf(shirt, (key) => firstChoice(shirt)[key])?.sku).toBe('s-blue')
})

it('marks a size as sold out in the chosen colour only, or where there is no such variant', () => {
  const marked = (chosen: Record<string, string>) => ['s', 'm', 'l'].filter((size) => isSoldOut(shirt, 'size', size, chosen))
  expect(marked({ size: 'm', colour: 'red' })).toEqual(['s', 'l'])
  expect(marked({ size: 'm', colour: 'blue' })).toEqual(['l'])
})

it('marks without scripts what is sold out in every colour', () => {
  expect(['s', 'm', 'l'].filter((size) => isSoldOut(shirt, 'size', size, undefined))).toEqual(['l'])
})
