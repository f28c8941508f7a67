import { currentContext, type WorkContext, withContext } from '#kit/core/context.ts'
import { DomainError } from '#kit/core/errors.ts'
import { drain } from '#kit/service/drain.ts'
import type { Job } from '#kit/service/service.ts'
import { createSpareTime } from '#kit/service/spare-time.ts'
import { createTurns } from '#kit/service/turns.ts'
import { inSpan } from '#kit/tracing/span.ts'
import { addressHash, unsubscribeToken } from '../addresses.ts'
import { markFailed, markSent, markSuppressed, putOff } from '../commands/finish-message.ts'
import type { Deps } from '../deps.ts'
import { say } from '../language.ts'
import { links } from '../links.ts'
import { prepare } from '../prepare.ts'
import { type Rendered, render } from '../rendering/render.ts'
import { templates } from '../templates.ts'
import { claimMessages, type DueMessage } from './claim.ts'

/** A few messages are sent at once, whatever else is going on: somebody waits for the link to sign in. */
const AT_ONCE = 10
/** A backlog can wait where orders cannot. */
const spareTime = createSpareTime()
/** Messages written in one turn of the event loop: some milliseconds, in which nothing else is served. */
const turn = createTurns(10)

/**
 * Writes and sends what is due, many at a time: they share their look-ups and notes, so that a message costs a part of a statement. At least once: who dies between the mail server's "yes" and our note sends it again, under the
 * same Message-ID, by which mail programs recognise it.
 */
export function sendMessages(deps: Deps): Job {
  return {
    name: 'notifications-send',
    everySeconds: 0.2,
    run: (signal) => {
      let backlog = false
      return drain<DueMessage>({
        concurrency: deps.settings.concurrency,
        least: deps.settings.concurrency / 2,
        signal,
        async claim(free) {
          if (backlog) await spareTime(signal)
          const most = backlog ? free : Math.min(free, AT_ONCE)
          const taken = await claimMessages(deps.db, most)
          backlog = taken.length === most
          return taken
        },
        work: (message) => withContext(storyOf(message), () => inSpan(sending(message), () => sendOne(deps, message))),
      })
    },
  }
}

const sending = ({ template, channel, attempts }: DueMessage) =>
  ({
    service: 'notifications',
    name: `send ${template}`,
    kind: 'client',
    attributes: { 'souk.channel': channel, 'souk.attempt': attempts },
  }) as const

/** The sending belongs to the story of the event that caused it. */
function storyOf({ traceId, correlationId, causationId, spanId }: DueMessage): WorkContext {
  const fresh = currentContext()
  return {
    traceId: traceId ?? fresh.traceId,
    correlationId: correlationId ?? fresh.correlationId,
    causationId: causationId ?? undefined,
    spanId: spanId ?? undefined,
  }
}

async function sendOne(deps: Deps, message: DueMessage): Promise<void> {
  try {
    await writeAndSend(deps, message)
  } catch (error) {
    const code = error instanceof DomainError ? error.code : 'error'
    // What we do not understand may pass too: a bug in one mail must not be a mail lost by a deploy that mends it.
    const final = error instanceof DomainError && !['unavailable', 'rate-limited'].includes(error.kind)
    if (final || message.attempts >= deps.settings.maxAttempts) await markFailed(deps, message, code)
    else await putOff(deps, message, code)
    deps.log.warn(
      { messageId: message.id, template: message.template, attempt: message.attempts, code, final },
      'a message could not be sent',
    )
    if (!(error instanceof DomainError)) deps.log.error({ err: error, messageId: message.id }, 'a message could not be written')
  }
}

async function writeAndSend(deps: Deps, message: DueMessage): Promise<void> {
  const template = templates.get(message.template)
  if (!template) return await markSuppressed(deps, message, 'unknown-template')
  const prepared = await prepare(deps, template, message)
  if (prepared.kind === 'suppressed') return await markSuppressed(deps, message, prepared.reason)
  const { address, userId } = prepared
  const recipient = { address, userId }
  const suppression = await deps.suppression({
    hash: addressHash(deps.addressKey, address),
    marketing: template.marketing,
    consentAt: prepared.consentAt,
  })
  if (suppression) return await markSuppressed(deps, message, suppression, recipient)

  const reader = say(prepared.locale, deps.settings.timeZone)
  const token = template.marketing ? unsubscribeToken(deps.addressKey, address) : undefined
  const unsubscribeUrl = token === undefined ? undefined : links.unsubscribe(deps.shop, reader, token)
  const override = await deps.override({ template: template.name, language: reader.language })
  await turn()
  const rendered = render(template, prepared.facts, reader, deps.shop, { unsubscribeUrl, override })
  const sent = await sendBy(
    deps,
    message,
    address,
    rendered,
    token === undefined ? undefined : links.unsubscribeAtOnce(deps.shop, token),
  )
  if (!sent) return await markSuppressed(deps, message, 'no-channel', recipient)
  await markSent(deps, message, { ...recipient, subject: rendered.subject, locale: prepared.locale, provider: sent.by })
}

/** Who took it; undefined where nobody has set up this channel. */
async function sendBy(
  { channels }: Deps,
  { id, channel }: DueMessage,
  to: string,
  { subject, html, text, short }: Rendered,
  unsubscribeUrl: string | undefined,
): Promise<{ by: string | undefined } | undefined> {
  if (channel === 'email') {
    const sent = await channels.email.send({ id, to, subject, html, text, ...(unsubscribeUrl ? { unsubscribeUrl } : {}) })
    return { by: sent?.by }
  }
  const port = channels[channel]
  await port?.send({ id, to, subject, text: short })
  return port && { by: undefined }
}
