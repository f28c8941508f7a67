import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** How long after the begin of the end somebody is waited for, in milliseconds. */
export interface Patience {
  /** who has not said a word: as long as headers may take. In a rush the words of many are still on their way. */
  readonly silentMs: number
  /** everybody: as long as a request may take */
  readonly mostMs: number
}

/**
 * Keeps connections from holding up the end of the shop. While it closes, Node ends those that wait between two requests and no others: one
 * that never sent a byte, or dawdles with half a request, would keep it open for ever (nobody looks at their deadlines any more).
 */
export function leaveNobody(app: FastifyInstance, { silentMs, mostMs }: Patience): void {
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const cutOff = (which: (socket: Socket) => boolean): void => {
    // in the immediate after the timer: what has come by then has been read
    setImmediate(() => {
      for (const socket of sockets) if (which(socket)) socket.destroy()
    })
  }
  app.addHook('preClose', (done) => {
    setTimeout(cutOff, silentMs, ({ bytesRead }: Socket) => bytesRead === 0).unref()
    setTimeout(cutOff, mostMs, () => true).unref()
    done()
  })
}
