import { mailErrors } from './errors.ts'
import type { Mail } from './mail.ts'

/** One address, no line breaks: nothing in a mail may become a header or a second recipient. */
export function checkMail(mail: Mail): void {
  const broken = [
    mail.to,
    mail.subject,
    mail.id,
    mail.unsubscribeUrl ?? '',
    ...(mail.attachments ?? []).flatMap((file) => [file.filename, file.contentType]),
  ].some((text) => /[\r\n\0]/.test(text))
  if (broken) throw mailErrors.lineBreak()
  if (!/^[^\s,;<>"()]+@[^\s,;<>"()@]+$/.test(mail.to)) throw mailErrors.address()
  if (!/^[A-Za-z0-9._-]+$/.test(mail.id)) throw mailErrors.id()
}
