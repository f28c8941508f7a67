import Type from 'typebox'
import { ChannelKey, Locale } from '#contracts/values.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

export const ProductQueried = defineEvent(
  'ProductQueried.v1',
  'search',
  'query',
  'Shoppers looked for something: how often in the moment this tells of, and how much was found. Nobody is named.',
  closed({
    query: Type.String(),
    channel: ChannelKey,
    locale: Locale,
    searches: Type.Integer({ minimum: 1 }),
    results: Type.Integer({ minimum: 0 }),
  }),
)
