import { grpcPort } from '../../apps/souk/platform/peers.ts'
import { expectStatus } from '../e2e/client.ts'
import { freePort } from './chaos-shop.ts'
import type { SplitShop } from './split-shop.ts'
import { openTcpProxy, type Trouble } from './tcp-proxy.ts'

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
  // known once the shop runs
  const http = { port: 0 }
  const calls = { port: 0 }
  const [port, line, door] = await pairOfProxies(http, calls)
  return {
    environment: { SOUK_PEERS: `payments=http://127.0.0.1:${port}` },
    async lay(shop) {
      const payments = new URL((await shop.part('payments')).url)
      http.port = Number(payments.port)
      calls.port = grpcPort(http.port)
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
    if (grpcPort(port) > 65_535) continue
    try {
      const line = await openTcpProxy(calls, grpcPort(port))
      return [port, line, await openTcpProxy(http, port)] as const
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}
