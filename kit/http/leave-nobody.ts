import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/**
 * Keeps connections from holding up the end of the shop. While it closes, Node ends those that wait between two requests and no others: one
 * that never sent a byte, or dawdles with half a request, would keep it open for ever (nobody looks at their deadlines any more). Those who
 * said nothing are cut off at once, everybody else after `patienceMs`, the time a request may take anyway.
 */
export function leaveNobody(app: FastifyInstance, patienceMs: number): void {
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  app.addHook('preClose', (done) => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, patienceMs).unref()
    done()
  })
}
