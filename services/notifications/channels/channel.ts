import type { MailPort } from '#kit/mail/mail.ts'

export type ChannelName = 'email' | 'sms' | 'push'

/** A short message for one phone or one person's devices. */
export interface ShortMessage {
  /** the same id again is the same message, where the provider can tell */
  readonly id: string
  /** phone number, or user id for push */
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Port of SMS and push. Failures: kind `unavailable` is worth another try, `rule` is not. */
export interface ShortMessagePort {
  send(message: ShortMessage): Promise<void>
}

/** How messages leave; a channel without a provider is missing. */
export interface Channels {
  readonly email: MailPort
  readonly sms?: ShortMessagePort | undefined
  readonly push?: ShortMessagePort | undefined
}
