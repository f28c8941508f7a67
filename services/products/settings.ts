import Type, { type Static } from 'typebox'

export const Settings = Type.Object({
  cacheSeconds: Type.Integer({
    minimum: 1,
    maximum: 86_400,
    default: 900,
    description: 'How long a product and a list of products are kept that have not changed, in seconds',
  }),
  categoryCacheSeconds: Type.Integer({
    minimum: 1,
    maximum: 86_400,
    default: 3600,
    description: 'The same for the tree of categories, for brands, sellers and sales channels',
  }),
})
export type Settings = Static<typeof Settings>
