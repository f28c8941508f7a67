import type { Static } from 'typebox'
import { brands, categories, type Choice, type DemoProduct, products } from './catalogue.ts'
import { pictureOf } from './pictures.ts'
import { createCategory } from '../commands/save-category.ts'
import { addMedia } from '../commands/save-media.ts'
import { createBrand } from '../commands/save-named.ts'
import { createPriceList, setPrices } from '../commands/save-price-list.ts'
import { createProduct, type Writer } from '../commands/save-product.ts'
import type { ProductsDeps } from '../deps.ts'
import type { ProductInput, VariantInput } from '../shapes.ts'
import { servicePrincipal } from '#kit/core/principal.ts'

const CHANNEL = 'web'
const writer: Writer = { principal: servicePrincipal('products'), channel: CHANNEL }

/**
 * Fills an empty shop with a believable catalogue: some sixty products in two languages with variants, pictures drawn on the
 * spot, a sale and prices for trade customers. Through the same commands that the API uses. A shop that has products stays as
 * it is; a run that was interrupted goes on where it stopped.
 */
export async function seedDemo(deps: ProductsDeps): Promise<void> {
  const [foreign] = await deps.db.sql`select 1 from products p where p.source is distinct from 'demo' limit 1`
  if (foreign) return
  const categoryIds = await deps.db.tx(async (tx) => {
    const known = new Map(
      (await tx<{ slug: string; id: string }[]>`select c.slug, c.id from categories c`).map(({ slug, id }) => [slug, id]),
    )
    for (const [position, { slug, parent, title }] of categories.entries()) {
      if (known.has(slug)) continue
      const created = await createCategory(tx, {
        slug,
        position,
        parentId: parent ? known.get(parent)! : null,
        texts: { en: { title: title[0] }, de: { title: title[1] } },
      })
      known.set(slug, created.id)
    }
    return known
  })
  const brandIds = await deps.db.tx(async (tx) => {
    const known = new Map(
      (await tx<{ name: string; id: string }[]>`select b.name, b.id from brands b`).map(({ name, id }) => [name, id]),
    )
    for (const name of brands) if (!known.has(name)) known.set(name, (await createBrand(tx, { name })).id)
    return known
  })
  for (const [index, product] of products.entries()) {
    await seedProduct(deps, product, index, categoryIds.get(product.category)!, brandIds.get(product.brand)!)
  }
  await seedPrices(deps)
  deps.kit.outbox.wake()
}

async function seedProduct(
  deps: ProductsDeps,
  product: DemoProduct,
  index: number,
  categoryId: string,
  brandId: string,
): Promise<void> {
  const [known] = await deps.db.sql<{ id: string; pictures: number }[]>`
    select p.id, (select count(*)::integer from media m where m.product_id = p.id) as pictures from products p join variants v on v.product_id = p.id
     where v.sku like ${`${product.sku}%`} limit 1`
  const id =
    known?.id ??
    (await deps.db.tx(async (tx) => {
      const created = await createProduct(deps, tx, writer, inputOf(product, index, categoryId, brandId))
      await tx`update products set source = 'demo' where id = ${created.id}`
      return created.id
    }))
  if (known && known.pictures > 0) return
  await addMedia(deps, writer.principal, id, await pictureOf(product.shape, index), 'image/png')
}

function inputOf(product: DemoProduct, index: number, categoryId: string, brandId: string): ProductInput {
  const { options, variants } = choices(product)
  return {
    status: 'ACTIVE',
    texts: {
      en: { title: product.title[0], description: product.note[0] },
      de: { title: product.title[1], description: product.note[1] },
    },
    options,
    variants,
    brandId,
    categoryIds: [categoryId],
    tags: [...(index % 7 === 0 ? ['new'] : []), ...(product.price < 1500 ? ['small-gifts'] : [])],
    taxClass:
      product.shape === 'book' && product.category === 'books' ? 'reduced' : product.choice === 'value' ? 'zero' : 'standard',
    giftCard: product.choice === 'value',
    requiresShipping: product.choice !== 'value',
  }
}

const colours = [
  ['sand', 'Sand', 'Sand'],
  ['moss', 'Moss', 'Moos'],
  ['night', 'Night blue', 'Nachtblau'],
] as const
const sizes = [
  ['s', 'S', 'S'],
  ['m', 'M', 'M'],
  ['l', 'L', 'L'],
  ['xl', 'XL', 'XL'],
] as const
const shoeSizes = ['38', '39', '40', '41', '42', '43', '44'].map((size) => [size, size, size] as const)
const amounts = [2500, 5000, 10_000]

type Value = readonly [key: string, en: string, de: string]
const option = (key: string, en: string, de: string, values: readonly Value[]) => ({
  key,
  titles: { en, de },
  values: values.map(([value, english, german]) => ({ key: value, titles: { en: english, de: german } })),
})
const colour = option('colour', 'Colour', 'Farbe', colours)
const optionsOf: Record<Choice, ReturnType<typeof option>[]> = {
  none: [],
  colour: [colour],
  clothing: [option('size', 'Size', 'Größe', sizes), { ...colour, values: colour.values.slice(0, 2) }],
  shoe: [option('size', 'Size', 'Größe', shoeSizes)],
  value: [
    option(
      'value',
      'Value',
      'Wert',
      amounts.map((amount) => [String(amount / 100), `€${amount / 100}`, `${amount / 100} €`]),
    ),
  ],
}

/** One variant for every combination of the options. */
function choices(product: DemoProduct): Pick<ProductInput, 'options' | 'variants'> {
  const options = optionsOf[product.choice]
  const combinations = options.reduce<Record<string, string>[]>(
    (all, { key, values }) => all.flatMap((one) => values.map((value) => ({ ...one, [key]: value.key }))),
    [{}],
  )
  const variants = combinations.map(
    (chosen, index): Static<typeof VariantInput> => ({
      sku: [product.sku, ...options.map(({ key }) => chosen[key]!.toUpperCase())].join('-'),
      options: chosen,
      weightGrams: product.grams,
      price: { amount: product.choice === 'value' ? amounts[index]! : product.price, currency: 'EUR' },
    }),
  )
  return { options, variants }
}

/** A sale of lamps and textiles, and trade prices with quantity breaks. */
async function seedPrices(deps: ProductsDeps): Promise<void> {
  const [known] = await deps.db.sql`select 1 from price_lists l where l.key = 'season-sale'`
  if (known) return
  const reduced = products.filter((product) => ['lighting', 'textiles'].includes(product.category) && product.price > 4000)
  const trade = products.filter((product) => product.category === 'kitchen')
  const skusOf = (product: DemoProduct) => choices(product).variants!.map((variant) => variant.sku)
  await deps.db.tx(async (tx) => {
    const base = {
      currency: 'EUR',
      channel: CHANNEL,
      customerGroup: null,
      priority: 0,
      active: true,
      validFrom: null,
      validTo: null,
    }
    const sale = await createPriceList(tx, { ...base, key: 'season-sale', name: 'Season sale', kind: 'sale' })
    await setPrices(
      deps,
      tx,
      sale.id,
      reduced.flatMap((product) =>
        skusOf(product).map((sku) => ({ sku, amount: Math.round((product.price * 0.8) / 100) * 100 - 10 })),
      ),
    )
    const wholesale = await createPriceList(tx, {
      ...base,
      key: 'wholesale',
      name: 'Trade customers',
      kind: 'regular',
      customerGroup: 'wholesale',
      priority: 10,
    })
    await setPrices(
      deps,
      tx,
      wholesale.id,
      trade.flatMap((product) =>
        skusOf(product).flatMap((sku) => [
          { sku, minQuantity: 1, amount: Math.round(product.price * 0.8) },
          { sku, minQuantity: 24, amount: Math.round(product.price * 0.65) },
        ]),
      ),
    )
  })
}
