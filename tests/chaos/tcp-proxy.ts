import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'
import { freePort } from './chaos-shop.ts'

/** What the line does to whoever uses it; `null`: nothing. */
export type Trouble =
  /** every piece of data waits so long, each way */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /**
   * Nothing gets through and nobody is told; connections that are opened hear nothing either. Whoever hangs up meanwhile is not heard:
   * the other end stays open for ever, as behind a firewall that has forgotten the connection.
   */
  | { readonly kind: 'black-hole' }
  /** every connection is reset, and so is every new one */
  | { readonly kind: 'reset' }
  /** so many bytes per second, for all connections together */
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** a connection is cut after this many bytes of answers: in the middle of one */
  | { readonly kind: 'cut-after'; readonly bytes: number }

export interface TcpProxy {
  readonly port: number
  /** From now on; connections that exist are concerned too. What a black hole swallowed stays lost: those connections are reset at its end. */
  trouble(what: Trouble | null): void
  close(): Promise<void>
}

/** A line between a program and a server that can be treated badly. Only on this machine. `target` may learn its port later, `own` is that of the line. */
export async function openTcpProxy(target: { readonly port: number }, own?: number): Promise<TcpProxy> {
  let now: Trouble | null = null
  let lineFreeAt = 0
  const pairs = new Set<{ near: Socket; far: Socket; answered: number; swallowed: boolean }>()
  const halfOpen = new Set<Socket>()
  const port = own ?? (await freePort())

  const waitFor = (size: number): number => {
    if (now?.kind === 'latency') return now.milliseconds
    if (now?.kind !== 'throttle') return 0
    lineFreeAt = Math.max(performance.now(), lineFreeAt) + (size * 1000) / now.bytesPerSecond
    return lineFreeAt - performance.now()
  }

  const server = createServer((near) => {
    if (now?.kind === 'reset') return void near.resetAndDestroy()
    const far = connect({ host: '127.0.0.1', port: target.port, noDelay: true })
    near.setNoDelay(true)
    const pair = { near, far, answered: 0, swallowed: false }
    pairs.add(pair)
    const pass = (from: Socket, to: Socket) => {
      // Data leaves in the order in which it came, whatever each piece has to wait.
      let last = Promise.resolve()
      from.on('data', (data) => {
        if (now?.kind === 'black-hole') {
          pair.swallowed = true
          return
        }
        if (to === near) pair.answered += data.length
        if (now?.kind === 'cut-after' && pair.answered > now.bytes) return void reset(pair)
        const wait = waitFor(data.length)
        last = last
          .then(() => (wait > 0 ? new Promise<void>((resolve) => setTimeout(resolve, wait)) : undefined))
          .then(() => void (to.destroyed || to.write(data)))
      })
      from.on('close', () => {
        if (now?.kind === 'black-hole') halfOpen.add(to)
        else if (!halfOpen.delete(from)) void last.then(() => to.end())
        pairs.delete(pair)
      })
      from.on('error', () => to.destroy())
    }
    pass(near, far)
    pass(far, near)
  })
  const reset = (pair: { near: Socket; far: Socket }) => {
    pair.near.resetAndDestroy()
    pair.far.resetAndDestroy()
  }
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port,
    trouble(what) {
      now = what
      lineFreeAt = 0
      for (const pair of pairs) if (what?.kind === 'reset' || (what?.kind !== 'black-hole' && pair.swallowed)) reset(pair)
    },
    async close() {
      for (const pair of pairs) reset(pair)
      for (const socket of halfOpen) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
