import {
  type DeadLetter,
  type DeadLetterFilter,
  deadLetterPatterns,
  discardDeadLetter,
  inspectDeadLetter,
  listDeadLetters,
  redriveDeadLetters,
} from '#kit/messaging/dlq.ts'
import type { RunningService } from '#kit/service/host.ts'
import { CommandError, type CommandContext, defineCommand, exit, usageError } from '../command.ts'
import { withPlatform } from '../with-platform.ts'

const options = {
  service: { summary: 'only dead letters of this service', value: 'NAME' },
  topic: { summary: 'only of this topic', value: 'TOPIC' },
  type: { summary: 'only events of this type', value: 'TYPE' },
  code: { summary: 'only with this error', value: 'CODE' },
  key: { summary: 'only with this ordering key', value: 'KEY' },
  all: { summary: 'redrive without any of the filters above' },
  limit: { summary: 'most lines of a list', value: 'N', default: '50' },
} as const

type Context = CommandContext<typeof options>
type Actions = Record<
  string,
  (context: Context, services: readonly RunningService[], id: string | undefined) => Promise<number | void>
>

export const dlq = defineCommand({
  name: 'dlq',
  summary: 'Shows events that could not be handled, and gives them another try.',
  usage: '[list | patterns | inspect <event> | redrive [event] | discard <event>]',
  description: `list      what is there, oldest first; exit code 3 when there is something
    patterns  the same, equal errors counted together
    inspect   one event with its error, and those that wait behind it
    redrive   has events handled again; those of the same key follow in order
    discard   gives one event up for good; those behind it go on`,
  arguments: [0, 2],
  options,
  async run(context) {
    const [action = 'list', id] = context.arguments
    const act = actions[action]
    if (!act) throw usageError(`dlq cannot ${action}.`, `It can ${Object.keys(actions).join(', ')}.`)
    const found = await withPlatform(context, async ({ host }) => {
      const { service } = context.options
      if (service && !host.services.some(({ name }) => name === service)) throw usageError(`There is no service ${service}.`)
      return await act(context, service ? [host.service(service)] : host.services, id)
    })
    return found ? exit.findings : exit.ok
  },
})

function filterOf({ options: { topic, type, code, key } }: Context): DeadLetterFilter {
  return { topic, type, code, key }
}

const actions: Actions = {
  async list(context, services) {
    const { terminal } = context
    const limit = Number(context.options.limit ?? 50)
    if (!Number.isInteger(limit) || limit < 1) throw usageError('--limit must be a whole number above 0.')
    const letters = (await Promise.all(services.map(({ db }) => listDeadLetters(db.sql, filterOf(context), { limit })))).flat()
    for (const letter of letters.sort((a, b) => a.diedAt.getTime() - b.diedAt.getTime()).slice(0, limit)) {
      terminal.data(letter)
      terminal.text(lineOf(letter))
    }
    terminal.text(letters.length === 0 ? 'There are no dead letters.' : '`npx souk dlq inspect <event>` shows one whole.')
    return letters.length
  },

  async patterns(context, services) {
    const patterns = (await Promise.all(services.map(({ db }) => deadLetterPatterns(db.sql, filterOf(context))))).flat()
    for (const pattern of patterns.sort((a, b) => b.count - a.count)) {
      context.terminal.data(pattern)
      context.terminal.text(
        `${String(pattern.count).padStart(6)}  ${pattern.group}  ${pattern.type}  ${pattern.code}  ${pattern.pattern}`,
      )
    }
    if (patterns.length === 0) context.terminal.text('There are no dead letters.')
    return patterns.length
  },

  async inspect({ terminal }, services, id) {
    for (const { name, db } of services) {
      const letter = await inspectDeadLetter(db.sql, name, needed(id))
      if (!letter) continue
      terminal.data({ ...letter, event: JSON.parse(letter.value) as unknown })
      terminal.text(`${lineOf(letter)}\n\n${JSON.stringify(JSON.parse(letter.value), undefined, 2)}\n`)
      if (letter.stack) terminal.text(letter.stack)
      for (const waiting of letter.waitingEvents) terminal.text(`waits behind it: ${waiting.eventId}  ${waiting.type}`)
    }
  },

  async redrive(context, services, id) {
    const filter = { ...filterOf(context), eventId: id }
    const narrow = context.options.service !== undefined || Object.values(filter).some((value) => value !== undefined)
    if (!narrow && !context.options.all) throw usageError('redrive needs an event, a filter, or --all.')
    let redriven = 0
    for (const { db } of services) redriven += await redriveDeadLetters(db.sql, filter)
    context.terminal.data({ redriven })
    context.terminal.text(`${redriven} events will be handled again.`)
  },

  async discard({ terminal }, services, id) {
    let discarded = 0
    for (const { name, db } of services) {
      const gone = await discardDeadLetter(db.sql, name, needed(id))
      if (!gone) continue
      discarded += 1
      terminal.data({ service: name, ...gone })
      terminal.text(`Discarded for ${name}: ${gone.type} of ${gone.key}.`)
    }
    if (discarded === 0)
      throw new CommandError(`There is no dead letter ${id}.`, { mend: '`npx souk dlq list` shows what there is.' })
  },
}

function needed(id: string | undefined): string {
  if (id === undefined || !/^[0-9a-f-]{36}$/i.test(id))
    throw usageError('Give the id of the event.', '`npx souk dlq list` shows it.')
  return id
}

function lineOf(letter: DeadLetter): string {
  const waiting = letter.waiting > 0 ? `, ${letter.waiting} wait behind it` : ''
  return `${letter.diedAt.toISOString()}  ${letter.eventId}  ${letter.group}  ${letter.type}  ${letter.code}  ${letter.message}${waiting}`
}
