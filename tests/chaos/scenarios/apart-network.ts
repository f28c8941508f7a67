import { setTimeout as delay } from 'node:timers/promises'
import { type LineToPayments, openLineToPayments } from '../line-to-payments.ts'
import { freeze } from '#kit/testing/processes.ts'
import type { Scenario } from '../scenario.ts'
import { openSplitShop, type SplitShop } from '../split-shop.ts'
import { type Strike, strikeInTurn } from '../strikes.ts'
import { openTcpProxy, type TcpProxy, type Trouble } from '../tcp-proxy.ts'

const TROUBLE_MS = 20_000
const SLEEP_MS = 60_000
const SLOW: Trouble = { kind: 'latency', milliseconds: 300 }

/** F3, F6, F11 between processes: somebody cannot be reached, is slow, or sleeps, and nobody has ended. */
export const scenario: Scenario = {
  summary:
    'a process per service: orders cut off from payments, a slow line between them, a slow line to the gateway, a consumer asleep for 60 s; trials = rounds',
  trials: 1,
  async *run(options) {
    const line = await openLineToPayments()
    try {
      const shop = await openSplitShop(options.note, line.environment)
      try {
        await line.lay(shop)
        const front = await openTcpProxy({ port: Number(new URL(shop.url).port) })
        try {
          const url = `http://127.0.0.1:${front.port}`
          yield* strikeInTurn(shop, strikesOn(shop, line, front), options, { fault: 'F3 F6 F11 apart', url })
        } finally {
          await front.close()
        }
      } finally {
        await shop.close()
      }
    } finally {
      await line.close()
    }
  },
}

function strikesOn(shop: SplitShop, line: LineToPayments, front: TcpProxy): Strike[] {
  const lasting = (on: Pick<TcpProxy, 'trouble'>, what: Trouble) => async () => {
    on.trouble(what)
    await delay(TROUBLE_MS)
    on.trouble(null)
  }
  const seconds = TROUBLE_MS / 1000
  return [
    {
      fault: `F3 orders and payments parted for ${seconds} s`,
      lasts: true,
      stopsOrders: true,
      hit: lasting(line, { kind: 'black-hole' }),
    },
    {
      fault: `F3 calls from orders to payments reset for ${seconds} s`,
      lasts: true,
      stopsOrders: true,
      hit: lasting(line, { kind: 'reset' }),
    },
    { fault: `F6 300 ms each way between orders and payments, ${seconds} s`, lasts: true, hit: lasting(line, SLOW) },
    { fault: `F6 300 ms each way in front of the gateway, ${seconds} s`, lasts: true, hit: lasting(front, SLOW) },
    {
      fault: `F11 notifications asleep for ${SLEEP_MS / 1000} s`,
      lasts: true,
      async hit() {
        await freeze((await shop.part('notifications')).pid, SLEEP_MS)
      },
    },
  ]
}
