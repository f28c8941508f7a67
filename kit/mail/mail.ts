/** One mail, fully rendered. */
export interface Mail {
  to: string
  subject: string
  html: string
  text: string
  /** becomes the Message-ID, so a repeated send is the same mail */
  id: string
  /** https address of a one-click unsubscription (RFC 8058), for mails that are advertising */
  unsubscribeUrl?: string
  attachments?: readonly { filename: string; contentType: string; content: Buffer }[]
}

/** Mail port. Drivers: `mailbox:` (kept in the database, readable by API in development), `smtp://` and `ses:`. */
export interface MailPort {
  /** `by`: which of several providers took it */
  send(mail: Mail): Promise<{ readonly by: string } | void>
  /** Asks the provider whether it would take mail from us, without sending any; throws when it would not. */
  describe?(): Promise<Record<string, unknown>>
  close(): Promise<void>
}
