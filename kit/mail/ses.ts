import {
  GetEmailIdentityCommand,
  NotFoundException,
  SESv2Client,
  SendEmailCommand,
  SESv2ServiceException,
} from '@aws-sdk/client-sesv2'
import { createTransport } from 'nodemailer'
import { mailErrors } from './errors.ts'
import type { MailPort } from './mail.ts'
import { messageOf, type Sender } from './message.ts'
import { readSesUrl } from './ses-url.ts'

export interface SesOptions extends Sender {
  /** see ses-url.ts */
  readonly url: string
  readonly timeoutMs?: number
}

/**
 * Driver `ses:`, Amazon's Simple Email Service, with the same message that SMTP would send. Errors as with SMTP: what may pass is
 * `unavailable`, a refusal of this mail `rule`. SES writes a Message-ID of its own in place of ours: a mail that is sent twice after a crash cannot be recognised by it.
 */
export function createSesMail({ url, timeoutMs = 10_000, ...sender }: SesOptions): MailPort {
  const { region, endpoint, configurationSet, credentials } = readSesUrl(url)
  const sesClient = new SESv2Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // the sender tries again by itself, and later
    maxAttempts: 1,
    requestHandler: { connectionTimeout: timeoutMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
  })
  const transport = createTransport({ SES: { sesClient, SendEmailCommand }, disableFileAccess: true, disableUrlAccess: true })
  return {
    async send(mail) {
      const message = messageOf(mail, sender)
      const ses = configurationSet === undefined ? {} : { ses: { ConfigurationSetName: configurationSet } }
      await transport.sendMail({ ...message, ...ses }).catch((error: unknown) => {
        throw sendingError(error)
      })
    },
    async describe() {
      const region = await sesClient.config.region()
      const address = /<?([^\s<>]+@[^\s<>]+)>?$/.exec(sender.from)?.[1] ?? ''
      // an address is verified by itself, or with its whole domain
      for (const EmailIdentity of [address, address.split('@')[1]]) {
        const identity = await sesClient.send(new GetEmailIdentityCommand({ EmailIdentity })).catch((error: unknown) => {
          if (error instanceof NotFoundException) return undefined
          throw sendingError(error)
        })
        if (identity?.VerificationStatus === 'SUCCESS') return { driver: 'ses', region, identity: EmailIdentity }
      }
      throw mailErrors.senderNotVerified({ address })
    },
    async close() {
      transport.close()
      sesClient.destroy()
    },
  }
}

/** Refusals that say something of the account or the sender's domain, not of this mail: another provider may take it. */
const ofTheAccount: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'AccountSuspendedException',
  'InvalidClientTokenId',
  'MailFromDomainNotVerifiedException',
  'NotFoundException',
  'SendingPausedException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
])

function sendingError(error: unknown): Error {
  const { name = '', message = '' } = error as Error
  if (ofTheAccount.has(name) || /not verified|not have authority/i.test(message))
    return mailErrors.signInRefused({}, { cause: error })
  const status = error instanceof SESv2ServiceException ? (error.$metadata.httpStatusCode ?? 500) : 500
  const passes = status >= 500 || status === 429 || /limit|throttl|too ?many/i.test(name)
  return passes ? mailErrors.unavailable({}, { cause: error }) : mailErrors.refused({}, { cause: error })
}
