import { productsRpc } from '#contracts/rpc/products.ts'
import type { ChannelDirectory, ChannelFacts } from '#kit/http/negotiation.ts'
import type { Platform, PlatformOptions } from './platform.ts'
import { patiently, untilDone } from './until-done.ts'

const REFRESH_MS = 10_000

export interface Channels {
  readonly directory: ChannelDirectory
  /** Before somebody is served. Where products is here, a fresh installation has its first channel not before its first data. */
  learn(): Promise<void>
  close(): Promise<void>
}

/** The sales channels as every request needs them: in memory, read again every few seconds. */
export function openChannels(platform: Platform, { log, peers }: Pick<PlatformOptions, 'log' | 'peers'>): Channels {
  const products = platform.host.rpc.client(productsRpc, 'gateway')
  let byKey = new Map<string, ChannelFacts>()
  let byHost = new Map<string, ChannelFacts>()
  let first: ChannelFacts = { key: 'web', locales: ['en'] }
  let version = 0
  let known = ''
  const refresh = async (): Promise<void> => {
    const { channels } = await products.channels({})
    const facts = channels.map(({ key, locales, hosts }) => ({ key, locales, hosts }))
    if (known === JSON.stringify(facts)) return
    known = JSON.stringify(facts)
    version += 1
    byKey = new Map(facts.map((channel) => [channel.key, channel]))
    byHost = new Map(facts.flatMap((channel) => channel.hosts.map((host) => [host, channel] as const)))
    first = facts[0] ?? first
  }
  const elsewhere = peers?.has('products') === true
  const learning = elsewhere ? untilDone(refresh, { again: true, log, what: 'products does not answer yet' }) : undefined
  const timer = setInterval(
    () => void refresh().catch((error: unknown) => log.warn({ err: error }, 'the sales channels could not be read again')),
    REFRESH_MS,
  ).unref()
  return {
    directory: {
      get defaultChannel() {
        return first
      },
      get version() {
        return version
      },
      byKey: (key) => byKey.get(key),
      byHost: (host) => byHost.get(host),
    },
    async learn() {
      if (!elsewhere) await patiently(refresh, { tries: 30, log, what: 'the sales channels have to wait for the database' })
    },
    async close() {
      learning?.stop()
      clearInterval(timer)
    },
  }
}
