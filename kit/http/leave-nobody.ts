import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { errors } from './errors.ts'
import { problemBody, statusOf } from './problem.ts'
import { requestId } from './trace.ts'

/** How long somebody is waited for, in milliseconds. */
export interface Patience {
  /** who has not said a word, once the door is closed: as long as headers may take. In a rush the words of many are still on their way. */
  readonly silentMs: number
  /** who is in the middle of a request, headers or body, once the door is closed: as long as a request may take */
  readonly askingMs: number
  /** everybody, from the begin of the end: whoever has asked is answered within it, however long that takes on a busy machine */
  readonly graceMs: number
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * From now on each answer says that it is the last on its connection. Whoever keeps connections (a proxy, another process) then has none left on
     * which it could just be asking when the end closes those that are idle: a question without an answer that nobody may ask again.
     */
    letGo(): void
  }
}

interface Asked {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

const QUIET_TURNS = 4
/** Who is turned away has this long to hear it. */
const FAREWELL_MS = 250
/** More cannot have stood in the queue of a listening socket (Node asks the system for 511 places) when the end began. */
const QUEUE = 511

/**
 * Keeps connections from holding up the end of the shop, and the end of the shop from leaving somebody without an answer. While it closes, Node
 * ends connections that wait between two requests and no others: one that never sent a byte, or dawdles with half a request, would keep it open
 * for ever (nobody looks at their deadlines any more).
 */
export function leaveNobody(app: FastifyInstance, { silentMs, askingMs, graceMs }: Patience): void {
  /** each with what was asked last on it */
  const sockets = new Map<Socket, Asked | undefined>()
  let accepted = 0
  let lettingGo = false
  app.decorate('letGo', () => {
    lettingGo = true
  })
  app.server.on('connection', (socket) => {
    accepted += 1
    sockets.set(socket, undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  app.server.prependListener('request', (request, response) => {
    const { socket } = request
    if (lettingGo) response.shouldKeepAlive = false
    if (sockets.has(socket)) sockets.set(socket, { request, response })
  })
  const owed = (asked: Asked | undefined): asked is Asked =>
    asked !== undefined && !asked.response.writableFinished && !asked.response.destroyed
  const after = (milliseconds: number, then: (socket: Socket, asked: Asked | undefined) => void): void => {
    // in the immediate after the timer: what has come by then has been read
    const look = () => {
      for (const [socket, asked] of sockets) then(socket, asked)
    }
    setTimeout(() => setImmediate(look), milliseconds).unref()
  }
  /**
   * Who has connected and was not looked at yet stands in the queue of the listening socket, and would be cut off with it, request and all. A turn
   * of the event loop takes in one; a few in which nobody came mean that nobody stands there. In a rush somebody comes with every turn: who came
   * after as many as the queue holds finds the door closed, and knows it.
   */
  const letIn = (last: number, until: number, done: () => void, quietTurns = 0): void => {
    const before = accepted
    if (quietTurns === QUIET_TURNS || before >= last || performance.now() > until) done()
    else setImmediate(() => letIn(last, until, done, accepted === before ? quietTurns + 1 : 0))
  }
  app.addHook('preClose', (done) => {
    after(graceMs, (socket, asked) => (owed(asked) ? turnAway(socket, asked.response) : socket.destroy()))
    letIn(accepted + QUEUE, performance.now() + graceMs / 2, () => {
      after(silentMs, (socket) => socket.bytesRead === 0 && socket.destroy())
      after(askingMs, (socket, asked) => !(owed(asked) && asked.request.complete) && socket.destroy())
      done()
    })
  })
}

/** The time that was given for the end is over: it was asked in vain, and is told so. What is half said already is cut off. */
function turnAway(socket: Socket, response: ServerResponse): void {
  if (response.headersSent) return void socket.destroy()
  // an answer behind another one that never comes is never sent
  setTimeout(() => socket.destroy(), FAREWELL_MS).unref()
  const problem = errors.unavailable()
  const body = problemBody(problem, '', requestId({ headers: {} }))
  response.writeHead(statusOf(problem), {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'retry-after': '5',
    connection: 'close',
  })
  response.end(body, () => socket.destroy())
}
