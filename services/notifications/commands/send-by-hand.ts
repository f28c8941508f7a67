import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'
import type { ChannelName } from '../channels/channel.ts'
import { errors } from '../errors.ts'
import { messageById, type MessageView } from '../queries/messages.ts'
import { templates } from '../templates.ts'
import { type NewMessage, queueMessage } from './queue-message.ts'

export interface ByHand {
  readonly channel?: ChannelName
  readonly userId?: string
  readonly orderId?: string
  /** e-mail address, or phone number for SMS */
  readonly address?: string
  readonly locale?: string
  readonly template?: string
  readonly subject?: string
  readonly text?: string
}

/** Queues what staff want to say: a template about a user or an order, or words of their own. */
export async function sendByHand(tx: Tx, input: ByHand): Promise<MessageView> {
  const { userId, orderId, address, channel = 'email', locale = 'en' } = input
  if ([userId, orderId, address].filter((given) => given !== undefined).length !== 1) {
    throw errors.recipientMissing({}, { fields: [{ pointer: '', message: 'must have one of userId, orderId and address' }] })
  }
  const message: NewMessage = {
    ...contentOf(input),
    eventId: uuidv7(),
    channel,
    locale,
    userId: userId ?? null,
    orderId: orderId ?? null,
    address: address ?? null,
  }
  const id = await queueMessage(tx, message)
  return (await messageById(tx, id!))!
}

function contentOf({ template: name, subject, text, userId, orderId }: ByHand): Pick<NewMessage, 'template' | 'data'> {
  const words = subject !== undefined && text !== undefined
  if ((name !== undefined) === words)
    throw errors.contentMissing({}, { fields: [{ pointer: '', message: 'must have either template, or subject and text' }] })
  if (words && orderId !== undefined)
    throw errors.recipientMissing(
      {},
      { fields: [{ pointer: '/orderId', message: 'words of your own go to a user or an address' }] },
    )
  if (words) return { template: 'message', data: { subject, text } }
  const template = templates.get(name!)
  if (!template) throw errors.templateNotFound()
  const fits = (template.about === 'account' && userId !== undefined) || (template.about === 'order' && orderId !== undefined)
  if (!template.byHand || !fits) throw errors.notByHand({ template: template.name })
  return { template: template.name }
}

/** The same message once more, as a new one. Throws `notifications/not-found`, `notifications/still-queued`. */
export async function resendMessage(tx: Tx, id: string): Promise<MessageView> {
  const [found] = await tx<(Omit<NewMessage, 'eventId'> & { state: string })[]>`
    select m.template, m.channel, m.user_id as "userId", m.order_id as "orderId", m.address, m.locale, m.data, m.state from messages m where m.id = ${id}`
  if (!found) throw errors.notFound()
  if (found.state === 'queued') throw errors.stillQueued()
  const { state: _, ...message } = found
  const copy = await queueMessage(tx, { ...message, eventId: uuidv7(), resendOf: id })
  return (await messageById(tx, copy!))!
}
