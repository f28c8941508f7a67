import Type from 'typebox'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

export const configRpc = defineRpc('config', {
  /** Lets every process of the installation read its configuration again: the event `ConfigRefreshed`. */
  refresh: method(closed({ askedBy: Type.String() }), closed({ version: Type.String() })),
})
