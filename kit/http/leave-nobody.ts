import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** How long after the begin of the end somebody is waited for, in milliseconds. */
export interface Patience {
  /** who has not said a word: as long as headers may take. In a rush the words of many are still on their way. */
  readonly silentMs: number
  /** everybody: as long as a request may take */
  readonly mostMs: number
}

/** In a rush somebody comes with every turn; who still comes after this finds the door closed, and knows it. */
const LETTING_IN_MS = 1000
const QUIET_TURNS = 4

/**
 * Keeps connections from holding up the end of the shop. While it closes, Node ends those that wait between two requests and no others: one
 * that never sent a byte, or dawdles with half a request, would keep it open for ever (nobody looks at their deadlines any more).
 */
export function leaveNobody(app: FastifyInstance, { silentMs, mostMs }: Patience): void {
  const sockets = new Set<Socket>()
  let accepted = 0
  app.server.on('connection', (socket) => {
    accepted += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const cutOff = (which: (socket: Socket) => boolean): void => {
    // in the immediate after the timer: what has come by then has been read
    setImmediate(() => {
      for (const socket of sockets) if (which(socket)) socket.destroy()
    })
  }
  /**
   * Who has connected and was not looked at yet stands in the queue of the listening socket, and would be cut off with it, request and all. A turn
   * of the event loop takes in one; a few in which nobody came mean that nobody stands there.
   */
  const letIn = (until: number, done: () => void, quietTurns = 0): void => {
    const before = accepted
    if (quietTurns === QUIET_TURNS || performance.now() > until) done()
    else setImmediate(() => letIn(until, done, accepted === before ? quietTurns + 1 : 0))
  }
  app.addHook('preClose', (done) => {
    setTimeout(cutOff, silentMs, ({ bytesRead }: Socket) => bytesRead === 0).unref()
    setTimeout(cutOff, mostMs, () => true).unref()
    letIn(performance.now() + LETTING_IN_MS, done)
  })
}
