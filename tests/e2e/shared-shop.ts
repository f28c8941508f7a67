import type { Shop } from './shop.ts'
import { command } from './souk-command.ts'

/**
 * A process per service takes half a minute to start: files that want the same settings share a shop where the run keeps one (shop-keeper.ts). They
 * sell goods of their own to people of their own, and leave it open. Together each file has a shop to itself.
 */
export const sharedSettings = {
  /** parcels stay in the house */
  calm: { DELIVERY_SIMULATED_DISPATCH_MS: '600000' },
  /** parcels leave soon and arrive at once, a supplier's day takes a second */
  quick: {
    DELIVERY_SIMULATED_DISPATCH_MS: '3000',
    DELIVERY_SIMULATED_DELIVER_MS: '300',
    INVENTORY_SIMULATED_DAY_SECONDS: '1',
    NOTIFICATIONS_OPERATIONS_EMAIL: 'operations@example.com',
  },
} as const
export const { calm, quick } = sharedSettings

/** Variables between the runner, the keeper and the files: which shop is shared, and where its keeper listens. */
export const SHARED = 'E2E_SHARED_SHOP'
export const KEEPER = 'E2E_SHOP_KEEPER'

/** What the keeper says of its shop. */
export interface Kept extends Pick<Shop, 'name' | 'url' | 'pid' | 'administrator' | 'folder'> {
  /** of its commands */
  readonly environment: NodeJS.ProcessEnv
}

/** The shop of the run, if it has one with these settings. */
export async function sharedShop(environment: Record<string, string>): Promise<Shop | undefined> {
  const { [SHARED]: shared, [KEEPER]: keeper } = process.env
  if (!keeper || environment !== sharedSettings[shared as keyof typeof sharedSettings]) return undefined
  const ask = async (what: string): Promise<Kept & { code: number | null }> => {
    const answer = await fetch(`${keeper}/${what}`, { method: 'POST' })
    if (!answer.ok) throw new Error(await answer.text())
    return (await answer.json()) as Kept & { code: number | null }
  }
  let kept = await ask('open')
  return {
    name: kept.name,
    folder: kept.folder,
    output: [],
    get url() {
      return kept.url
    },
    get pid() {
      return kept.pid
    },
    get administrator() {
      return kept.administrator
    },
    async start() {
      kept = await ask('open')
    },
    kill: async () => void (await ask('kill')),
    stop: async () => (await ask('stop')).code,
    command: (...args) => command(kept.environment, args),
    remove: async () => undefined,
  }
}
