import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KEEPER, type Kept, SHARED, sharedSettings } from './shared-shop.ts'
import { openOwnShop } from './shop.ts'

/**
 * Keeps the shop that the files of a run share: opens it when the first of them asks, ends and starts it when one wants that, and removes it behind the last. Files of
 * a run follow each other in processes of their own, so somebody who outlives them has to do it.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  const settings = sharedSettings[process.env[SHARED] as keyof typeof sharedSettings]
  if (!settings) return undefined
  let shop: Awaited<ReturnType<typeof openOwnShop>> | undefined
  let runs = false

  const answers: Record<string, () => Promise<{ code?: number | null }>> = {
    /** also brings it back if a file that failed has left it closed */
    async open() {
      if (!shop) shop = await openOwnShop(settings)
      else if (!runs) await shop.start()
      runs = true
      return {}
    },
    async kill() {
      runs = false
      await shop?.kill()
      return {}
    },
    async stop() {
      runs = false
      return { code: await shop?.stop() }
    },
  }
  const respond = async (what: string, answer: ServerResponse) => {
    try {
      const said = await answers[what]!()
      const { name, url, pid, administrator, folder, environment } = shop!
      answer.end(JSON.stringify({ name, url, pid, administrator, folder, environment, ...said } satisfies Kept & typeof said))
    } catch (error) {
      answer.writeHead(500).end(String((error as Error).stack))
    }
  }
  // one after the other: a file that lost its patience with a slow start does not get the next one a second shop
  let before = Promise.resolve()
  const server = createServer((request, answer) => {
    before = before.then(() => respond(request.url!.slice(1), answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.env[KEEPER] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return async () => {
    server.close()
    delete process.env[KEEPER]
    await shop?.remove()
  }
}
