import { connect, type Socket } from 'node:net'
import type { Transport } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import type { Line } from '#kit/balance/instance.ts'
import { Health, SERVING } from './well-known.ts'

/** The way to one process, by gRPC. */
export interface GrpcLine extends Line {
  readonly transport: Transport
}

const READ_MAX_BYTES = 8 * 1024 * 1024
const CONNECT_MS = 1_000
const KNOCK_MS = 2_000

/** Opens lines: services of the same process share its connection, which is closed with the last of them. */
export function createLines(): (address: string) => GrpcLine {
  const shared = new Map<string, { readonly transport: Transport; readonly session: Http2SessionManager; lines: number }>()
  const connection = (address: string) => {
    // A line that died without saying so is noticed by pings, also while calls wait on it.
    const pings = { pingIntervalMs: 5_000, pingTimeoutMs: 2_000 }
    const session = new Http2SessionManager(address, pings, address.startsWith('http:') ? { createConnection: dial } : undefined)
    const transport = createGrpcTransport({
      baseUrl: address,
      sessionManager: session,
      acceptCompression: [],
      readMaxBytes: READ_MAX_BYTES,
    })
    return { transport, session, lines: 0 }
  }
  return (address) => {
    const own = shared.get(address) ?? connection(address)
    shared.set(address, own)
    own.lines += 1
    return {
      transport: own.transport,
      async ready() {
        const { message } = await own.transport.unary(Health.method.check as never, undefined, KNOCK_MS, undefined, {})
        return (message as { status?: number }).status === SERVING.yes
      },
      async close() {
        own.lines -= 1
        if (own.lines > 0) return
        shared.delete(address)
        own.session.abort()
      },
    }
  }
}

/** A connection that comes about in time or not at all: the system itself would wait for minutes. */
function dial({ hostname, port }: URL): Socket {
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), noDelay: true })
  const giveUp = () => {
    if (socket.connecting)
      socket.destroy(Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT', syscall: 'connect' }))
  }
  // What has come while we were busy is heard first.
  const late = setTimeout(() => setImmediate(giveUp), CONNECT_MS).unref()
  socket.once('connect', () => clearTimeout(late))
  socket.once('close', () => clearTimeout(late))
  return socket
}
