import { randomBytes } from 'node:crypto'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** Lines to the file store and to the mail server: an engine whose line resets every connection is, for a shop, one that was killed. */
export interface EngineLines {
  /** settings with which a shop goes by these lines */
  readonly environment: Record<string, string>
  readonly files?: TcpProxy | undefined
  readonly mail?: TcpProxy | undefined
  close(): Promise<void>
}

/** Those engines that AWS_ENDPOINT_URL and SMTP_URL name; they go on for everybody else. The notes say what is missing. */
export async function openEngineLines(note: (text: string) => void): Promise<EngineLines> {
  const { AWS_ENDPOINT_URL: store, SMTP_URL: mailServer } = process.env
  if (!store) note('the file store was left out: AWS_ENDPOINT_URL names none')
  if (!mailServer) note('the mail server was left out: SMTP_URL names none')
  const files = store ? await openTcpProxy({ port: Number(new URL(store).port) }) : undefined
  const mail = mailServer ? await openTcpProxy({ port: Number(new URL(mailServer).port) }) : undefined
  const bucket = `chaos-${randomBytes(4).toString('hex')}`
  const endpoint = encodeURIComponent(`http://127.0.0.1:${files?.port}`)
  return {
    environment: {
      ...(files ? { OBJECTS_URL: `s3://${bucket}?endpoint=${endpoint}&style=path&create=yes` } : {}),
      ...(mail ? { MAIL_URL: `smtp://127.0.0.1:${mail.port}` } : {}),
    },
    files,
    mail,
    async close() {
      await files?.close()
      await mail?.close()
    },
  }
}
