import { randomBytes } from 'node:crypto'

/**
 * How the shops of the tests are run; `npm run e2e -- --topology …` chooses. Tests do not know it: they speak HTTP to one address. A test that is about a
 * topology starts its own (shop-apart.ts).
 */
export const topologies = ['together', 'apart', 'mixed'] as const
export type Topology = (typeof topologies)[number]

export const chosen = (process.env.E2E_TOPOLOGY ?? 'together') as Topology

/** Real engines that the shops use, by the variable with the address of each. Together needs none. */
const known = {
  kafka: {
    variable: 'KAFKA_URL',
    // topics of its own for every shop
    settings: (url: string, shop: string) => ({ BUS_URL: `${url}/${shop}` }),
  },
  redis: {
    variable: 'REDIS_URL',
    settings: (url: string, shop: string) => ({ CACHE_URL: `${url}/?prefix=${shop}:` }),
  },
  s3: {
    variable: 'AWS_ENDPOINT_URL',
    settings: (url: string, shop: string) => ({
      OBJECTS_URL: `s3://${shop}?endpoint=${encodeURIComponent(url)}&style=path&create=yes`,
    }),
  },
  smtp: {
    variable: 'SMTP_URL',
    settings: (url: string, shop: string) => ({ MAIL_URL: url, MAIL_FROM: `Souk <${senderOf(shop)}>` }),
  },
} as const

export const enginesOf = (topology: Topology) =>
  topology === 'together'
    ? []
    : Object.entries(known)
        .filter(([, { variable }]) => process.env[variable])
        .map(([name]) => name as keyof typeof known)

export const engines = enginesOf(chosen)

/** One shop, told from others on the same engines by this. */
const newName = () => `e2e-${randomBytes(4).toString('hex')}`

/** Names of the shops that this process has met. */
export const shopNames = new Set<string>()

/** Where the mails of a shop come from, if a mail server has them. */
export const senderOf = (shop: string) => `${shop}@localhost`

/** Of two hundred who buy at once the last ones wait long on a machine that does other things besides; how fast a split shop is says `npm run bench`. */
const patient = { GATEWAY_TIMEOUT_MS: '28000', REQUEST_TIMEOUT_MS: '26000' }

export interface Layout {
  /** of the shop, where it shares engines with others */
  readonly name?: string
  readonly command: readonly string[]
  readonly environment: Record<string, string>
  /** folder with the code of another release; its commands are today's all the same */
  readonly code?: string
}

/** Command line and settings of one more shop in this topology, else in that of the run. */
export function launch(topology: Topology = chosen): Layout {
  const name = newName()
  if (topology === 'together') return { name, command: ['start'], environment: {} }
  const settings = enginesOf(topology).map((engine) =>
    known[engine].settings(process.env[known[engine].variable] as string, name),
  )
  return {
    name,
    command: ['stack', '--topology', topology],
    environment: Object.assign({ DATABASE_PER_SERVICE: 'true', ...patient }, ...settings),
  }
}
