import Type, { type Static } from 'typebox'

export const Settings = Type.Object({
  keepDays: Type.Integer({
    minimum: 1,
    maximum: 400,
    default: 90,
    description: 'Days that it is remembered what a customer or visitor opened or put into a cart',
  }),
  trainDays: Type.Integer({
    minimum: 30,
    maximum: 3650,
    default: 400,
    description: 'A model is trained on the last so many days on which something was bought',
  }),
  trainEveryHours: Type.Integer({
    minimum: 1,
    maximum: 720,
    default: 24,
    description: 'A new model is trained this often, where something was bought since; earlier when a quarter has come in',
  }),
  keepModels: Type.Integer({
    minimum: 2,
    maximum: 100,
    default: 5,
    description: 'Models that can be gone back to',
  }),
})
export type Settings = Static<typeof Settings>
