import { openChaosShop } from '../chaos-shop.ts'
import { flashSale } from '../flash-sale.ts'
import type { Scenario } from '../scenario.ts'

export const scenario: Scenario = {
  summary: 'a flash sale of 50 units, whole checkouts whose last bytes arrive together; trials = buyers',
  trials: 20_000,
  async *run({ trials }) {
    const shop = await openChaosShop()
    try {
      yield await flashSale(shop, await shop.staff(), trials)
    } finally {
      await shop.close()
    }
  },
}
