import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface MailServer {
  readonly url: string
  /** what clients said */
  readonly commands: string[]
  /** mails as they arrived */
  readonly mails: string[]
  /** replaces the reply to a command, from now on */
  readonly answers: Record<string, string>
  close(): void
}

/** Just enough SMTP to receive a mail; `answers` replaces the reply to a command. */
export async function startMailServer(answers: Record<string, string> = {}): Promise<MailServer> {
  const commands: string[] = []
  const mails: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    let content: string | undefined
    let pending = ''
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    if (answers.greeting !== '') socket.write(`${answers.greeting ?? '220 ready'}\r\n`)
    socket.on('data', (chunk) => {
      const lines = (pending + chunk).split('\r\n')
      pending = lines.pop() ?? ''
      for (const line of lines) {
        if (content !== undefined && line !== '.') {
          content += `${line}\n`
          continue
        }
        const verb = content === undefined ? (line.split(/[ :]/)[0] ?? '').toUpperCase() : 'END'
        if (content === undefined) commands.push(line)
        else mails.push(content)
        content = verb === 'DATA' && !answers.DATA ? '' : undefined
        const usual: Record<string, string> = { DATA: '354 go on', QUIT: '221 bye', EHLO: '250 mail.test' }
        socket.write(`${answers[verb] ?? usual[verb] ?? '250 ok'}\r\n`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    commands,
    mails,
    answers,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
