import Type, { type Static } from 'typebox'

export const Settings = Type.Object({
  cacheSeconds: Type.Integer({
    minimum: 0,
    maximum: 3600,
    default: 300,
    description: 'How long an answer may be kept whose products have not changed, in seconds',
  }),
})
export type Settings = Static<typeof Settings>
