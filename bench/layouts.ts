import { randomBytes } from 'node:crypto'
import type { launch } from '../tests/e2e/topology.ts'

/** A way to run the same shop; `npm start` is `together`. */
export interface Layout {
  readonly name: string
  readonly command: readonly string[]
  readonly environment: Record<string, string>
  /** what it uses besides PostgreSQL */
  readonly engines: readonly string[]
}

/** Engines whose URL is set, with topics and keys of the run's own; mails stay in the shop's mailbox everywhere, so that no mail server is measured. */
function engineSettings(): { engines: string[]; environment: Record<string, string> } {
  const own = `bench-${randomBytes(4).toString('hex')}`
  const { KAFKA_URL, REDIS_URL } = process.env
  return {
    engines: [...(KAFKA_URL ? ['kafka'] : []), ...(REDIS_URL ? ['redis'] : [])],
    environment: {
      ...(KAFKA_URL ? { BUS_URL: `${KAFKA_URL}/${own}` } : {}),
      ...(REDIS_URL ? { CACHE_URL: `${REDIS_URL}/?prefix=${own}:` } : {}),
    },
  }
}

const ofStack = (name: string, topology: string, { engines, environment }: ReturnType<typeof engineSettings>): Layout => ({
  name,
  command: ['stack', '--topology', topology],
  environment: { DATABASE_PER_SERVICE: 'true', ...environment },
  engines,
})

const all: Readonly<Record<string, () => Layout>> = {
  together: () => ({ name: 'together', command: ['start'], environment: {}, engines: [] }),
  mixed: () => ofStack('mixed', 'mixed', engineSettings()),
  // tells what the processes cost apart from what the engines do
  plain: () => ofStack('plain', 'apart', { engines: [], environment: {} }),
  apart: () => ofStack('apart', 'apart', engineSettings()),
}

const USUAL = ['together', 'mixed', 'apart']

/** Those that are named, with commas between them, else the `usual` ones. @throws where one is unknown */
export function layoutsOf(named?: string, usual: readonly string[] = USUAL): (() => Layout)[] {
  return (named?.split(',') ?? usual).map((name) => {
    const layout = all[name]
    if (!layout) throw new Error(`no such layout: ${name}; there are ${Object.keys(all).join(', ')}`)
    return layout
  })
}

export const launchOf = ({ command, environment }: Layout): ReturnType<typeof launch> => ({ command, environment })
