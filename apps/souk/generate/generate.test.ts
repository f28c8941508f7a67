import { expect, it } from 'vitest'
import { type GenerateOptions, generateCatalogue } from './generate.ts'

it('counts every product that is made, although several calls are on their way at once', async () => {
  const products = {
    price: async ({ lines }: { lines: { sku: string }[] }) => ({ refused: lines.map(({ sku }) => ({ sku, reason: 'unknown' })) }),
    importCatalogue: async ({ products: some }: { products: unknown[] }) =>
      await Promise.resolve({ created: some.length, known: 0 }),
  }
  const progress: number[] = []
  const result = await generateCatalogue({
    products: products as unknown as GenerateOptions['products'],
    channel: 'web',
    count: 3200,
    sellers: 5,
    signal: AbortSignal.timeout(10_000),
    onProgress: (done) => progress.push(done),
  })
  expect(result).toEqual({ created: 3200, known: 0 })
  expect(progress.at(-1)).toBe(3200)
})
