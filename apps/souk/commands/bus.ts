import type { Host } from '#kit/service/host.ts'
import { nameOf } from '#kit/messaging/event.ts'
import type { Topology } from '#kit/messaging/topology.ts'
import { defineCommand, exit, usageError } from '../command.ts'
import { withPlatform } from '../with-platform.ts'

const marks = { create: '+', change: '~', keep: ' ', refuse: '!' } as const

export const bus = defineCommand({
  name: 'bus',
  summary: 'Makes the topics, queues and subscriptions of BUS_URL as the services need them.',
  usage: 'apply [topic…]',
  description: `Compares what is there with what the services publish and hear, says it line by line (+ made, ~ changed, ! cannot be changed), and makes it
    so. Adds and adjusts, never deletes. Topics named are the only ones that get --partitions and --retention-days; without names all do. What is
    not said stays as it is. Exit code 3 when something is refused: a number of partitions, for example, never changes.`,
  arguments: [1, 99],
  options: {
    partitions: { summary: 'partitions of topics in a log', value: 'N' },
    'retention-days': { summary: 'how long a log keeps events', value: 'N' },
    'dry-run': { summary: 'say it, and change nothing' },
  },
  async run(context) {
    const { terminal, options, arguments: given } = context
    const [action, ...named] = given
    if (action !== 'apply') throw usageError(`bus cannot ${action}.`, 'It can apply.')
    const partitions = wholeNumber('--partitions', options.partitions, 1024)
    const days = wholeNumber('--retention-days', options['retention-days'], 36_500)
    const dryRun = options['dry-run']
    const changes = await withPlatform(context, async ({ host, bus: opened }) => {
      const { topics, groups } = topologyOf(host)
      const unknown = named.find((name) => !topics.some((topic) => topic.name === name))
      if (unknown !== undefined)
        throw usageError(`No service publishes or hears ${unknown}.`, `There are ${topics.map(({ name }) => name).join(', ')}.`)
      const asked = topics.map(({ name }) =>
        named.length === 0 || named.includes(name)
          ? { name, partitions, retentionMs: days === undefined ? undefined : days * 86_400_000 }
          : { name },
      )
      return await opened.apply({ topics: asked, groups }, { dryRun })
    })
    for (const change of changes) {
      terminal.data({ ...change, dryRun })
      terminal.text(`${marks[change.action]} ${change.what} ${change.name}: ${change.detail}`)
    }
    const count = (wanted: string) => changes.filter(({ action: done }) => done === wanted).length
    terminal.text(
      `${count('create')} to make, ${count('change')} to change, ${count('keep')} as they should be${dryRun ? '; nothing was done.' : ': done.'}`,
    )
    return count('refuse') > 0 ? exit.findings : exit.ok
  },
})

/** What all services publish and hear; dead letters have topics too. */
function topologyOf(host: Pick<Host, 'services'>): Topology {
  const groups = host.services
    .map(({ name, reactions }) => ({
      group: name,
      events: reactions.map(({ event: { topic, type } }) => ({ topic, name: nameOf(type) })),
    }))
    .filter(({ events }) => events.length > 0)
  const names = [...new Set(groups.flatMap(({ events }) => events.map(({ topic }) => topic)))].sort()
  return { groups, topics: names.flatMap((name) => [{ name }, { name: `${name}.dlq` }]) }
}

function wholeNumber(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw usageError(`${option} must be a whole number, 1–${most}, not ${text}.`)
  return value
}
