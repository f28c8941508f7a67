import { CommandError, defineCommand, exit, usageError } from '../command.ts'
import { lockInstance } from '../instance-lock.ts'
import { readSettings } from '../settings.ts'
import { askStack, type StackStatus } from '../stack/control.ts'
import { engineNames } from '../stack/engines.ts'
import { tableOf } from '../stack/report.ts'
import { topologies, type Topology } from '../stack/topology.ts'
import { version } from '../version.ts'

const RESTART_MS = 30 * 60_000
const MOST_INSTANCES = 4

export const stack = defineCommand({
  name: 'stack',
  summary: 'Runs the shop in several processes on this machine; `stack status` and `stack restart` speak to the one that runs.',
  usage: '[status | restart [service…]]',
  arguments: [0, 99],
  description: `A process per service (or per group) on the ports of docs/services.md, moved as far as PORT moves the gateway's; PORT=0 finds free ones.
    They start in order, are started again when they end, and stop with one Ctrl-C: the gateway first. All settings reach all of them; the embedded
    database is one for all, DATABASE_PER_SERVICE=true gives each service its own. \`restart\` takes the processes one after the other, the next when
    all take requests again: with --instances 2 nobody notices.`,
  options: {
    topology: { summary: 'apart (a process per service) or mixed (gateway, shop, back office)', value: 'NAME', default: 'apart' },
    engines: { summary: `engines to use, separated by commas: ${engineNames.join(', ')}`, value: 'NAMES' },
    instances: { summary: 'processes of each kind', value: 'N', default: '1' },
  },
  async run(context) {
    const settings = readSettings(context.environment, { root: context.root })
    const [what, ...services] = context.arguments
    if (what === 'status') return await showStatus(settings.dir, context.terminal)
    if (what === 'restart') return await restart(settings.dir, services, context.terminal)
    if (what !== undefined) throw usageError(`souk stack does not know ${what}.`, 'There are: status, restart.')
    const topology = context.options.topology ?? 'apart'
    if (!topologies.includes(topology as Topology))
      throw usageError(`There is no topology ${topology}.`, `There are: ${topologies.join(', ')}.`)
    const instances = Number(context.options.instances ?? 1)
    if (!Number.isInteger(instances) || instances < 1 || instances > MOST_INSTANCES)
      throw usageError(`--instances is a number from 1 to ${MOST_INSTANCES}.`)
    const engines = (context.options.engines ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
    const lock = await lockInstance(settings.dir, version())
    try {
      const { runStack } = await import('../stack/run-stack.ts')
      await runStack(context, { topology: topology as Topology, engines, instances })
    } finally {
      await lock.release()
    }
  },
})

type Terminal = Parameters<Parameters<typeof defineCommand>[0]['run']>[0]['terminal']

const noStack = (dir: string) => new CommandError(`No stack runs on ${dir}.`, { mend: '`npx souk stack` starts one.' })

async function showStatus(dir: string, terminal: Terminal) {
  const answer = await askStack(dir, 'GET', '/status', 5_000)
  if (!answer?.ok) throw noStack(dir)
  const status = (await answer.json()) as StackStatus
  terminal.data(status)
  terminal.text(
    `${status.topology}, ${status.engines.length > 0 ? `on ${status.engines.join(', ')}` : 'on what is built in'}: ${status.url}`,
  )
  terminal.text(tableOf(status))
  return status.processes.every(({ state }) => state === 'up') ? exit.ok : exit.findings
}

async function restart(dir: string, services: readonly string[], terminal: Terminal) {
  const answer = await askStack(
    dir,
    'POST',
    `/restart?${services.map((name) => `only=${encodeURIComponent(name)}`).join('&')}`,
    RESTART_MS,
  )
  if (!answer?.ok) throw noStack(dir)
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const step = JSON.parse(line) as { restarting?: string; failed?: string }
      if (step.failed) throw new CommandError(`The restart stopped: ${step.failed}.`)
      terminal.data(step)
      if (step.restarting) terminal.text(`${step.restarting} …`)
    }
  }
  terminal.text('All take requests.')
  return exit.ok
}
