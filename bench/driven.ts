import type { BenchShop } from './bench-shop.ts'
import { load, type Page, tokenOf } from './browse.ts'
import { closedLoop, type Round } from './measure.ts'
import { type Flow, sender } from './write-flow.ts'

/** A flow of either kind, for those who only let it run. */
export interface Driven {
  readonly name: string
  readonly drive: (connections: number, seconds: number) => Promise<Round>
  /** waits until everything is done that it set off */
  readonly settle?: (() => Promise<unknown>) | undefined
}

/** A public page, again and again. */
export async function reading(shop: BenchShop, { name, path, as = tokenOf }: Page): Promise<Driven> {
  const url = shop.shop.url + path(shop)
  const headers = await as(shop)
  return { name, drive: (connections, seconds) => load(url, headers, connections, seconds) }
}

/** Requests that differ; the connections end with the shop. */
export function asking(shop: BenchShop, { name = '', ask, settle }: Flow): Driven {
  const { send } = sender(shop)
  return { name, settle, drive: (connections, seconds) => closedLoop(connections, seconds, (caller) => send(ask(caller))) }
}
