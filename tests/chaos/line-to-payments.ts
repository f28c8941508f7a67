import { expectStatus } from '../e2e/client.ts'
import { freePort } from './chaos-shop.ts'
import type { SplitShop } from './split-shop.ts'
import { openTcpProxy, type Trouble } from './tcp-proxy.ts'

/** gRPC lies so far above the HTTP of a process. */
const GRPC_OFFSET = 2000

/** The line on which orders calls payments, and nobody else does; other requests to payments and all events go on beside it. */
export interface LineToPayments {
  /** setting of the shop's start, so that it knows of the line */
  readonly environment: Record<string, string>
  /** Has everybody call by the line, once the shop runs. */
  lay(shop: SplitShop): Promise<void>
  trouble(what: Trouble | null): void
  close(): Promise<void>
}

/**
 * A second address of the payments, told to everybody by SOUK_PEERS; the registry is told to leave out the first. The new address is two proxies, for HTTP and for
 * calls; only the one for calls is ever treated badly.
 */
export async function openLineToPayments(): Promise<LineToPayments> {
  const there = { http: 0 }
  const http = { get port() { return there.http } } // biome-ignore format: one line
  const calls = { get port() { return there.http + GRPC_OFFSET } } // biome-ignore format: one line
  const [port, line, door] = await pairOfProxies(http, calls)
  return {
    environment: { SOUK_PEERS: `payments=http://127.0.0.1:${port}` },
    async lay(shop) {
      const payments = new URL((await shop.part('payments')).url)
      there.http = Number(payments.port)
      const staff = await shop.staff()
      const instance = `127.0.0.1:payments:${payments.port}`
      const path = `/eureka/apps/PAYMENTS/${instance}/status?value=OUT_OF_SERVICE`
      expectStatus(await staff.put(path), 200)
    },
    trouble: (what) => line.trouble(what),
    async close() {
      await line.close()
      await door.close()
    },
  }
}

type Target = { readonly port: number }

async function pairOfProxies(http: Target, calls: Target) {
  for (;;) {
    const port = await freePort()
    if (port + GRPC_OFFSET > 65_535) continue
    try {
      const line = await openTcpProxy(calls, port + GRPC_OFFSET)
      return [port, line, await openTcpProxy(http, port)] as const
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}
