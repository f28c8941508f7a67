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

/** Mail port. Drivers: `mailbox:` (kept in the database, readable by API in development) and `smtp://`. */
export interface MailPort {
  /** `by`: which of several providers took it */
  send(mail: Mail): Promise<{ readonly by: string } | void>
  close(): Promise<void>
}
