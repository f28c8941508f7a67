import { seek } from '#kit/messaging/log-admin.ts'
import { defineCommand, usageError } from '../command.ts'
import { withPlatform } from '../with-platform.ts'

export const replay = defineCommand({
  name: 'replay',
  summary: 'Lets a service read a topic again from an earlier place.',
  description:
    'Events that were handled before are recognised and take no second effect, unless --again says they should: to rebuild a read model.',
  usage: '<service> <topic>',
  arguments: [2, 2],
  options: {
    from: { summary: 'offset to begin at', value: 'OFFSET', default: '0' },
    since: { summary: 'begin with the first event after this time instead', value: 'TIME' },
    partition: { summary: 'only this partition', value: 'N' },
    again: { summary: 'let the events take effect again; only for read models' },
  },
  async run(context) {
    const {
      terminal,
      options,
      arguments: [name = '', topic = ''],
    } = context
    const from = options.from === undefined ? 0n : wholeNumber('--from', options.from)
    const since = options.since === undefined ? undefined : new Date(options.since)
    if (since && Number.isNaN(since.getTime()))
      throw usageError(`--since ${options.since} is not a time.`, 'Write it like 2026-05-01T12:00:00Z.')
    const partition = options.partition === undefined ? undefined : Number(wholeNumber('--partition', options.partition))
    await withPlatform(context, async ({ host, bus }) => {
      const service = host.services.find((running) => running.name === name)
      if (!service) throw usageError(`There is no service ${name}.`)
      if (options.again && service.service.kind !== 'projection')
        throw usageError(`${name} is no read model: it would act twice.`, 'Leave --again out to fill gaps only.')
      const heads = await bus.heads([topic])
      if (heads.length === 0) throw usageError(`The topic ${topic} holds no events.`)
      const places = since
        ? await bus.offsetsAt(topic, since)
        : heads.map((head) => ({ partition: head.partition, next: from > head.first ? from : head.first }))
      const to = places.filter((place) => partition === undefined || place.partition === partition)
      const forgotten = await seek({ bus, db: service.db, group: name, topic, to, again: options.again })
      terminal.data({ service: name, topic, partitions: to.length, forgotten })
      terminal.text(
        `${name} reads ${topic} again in ${to.length} partitions${options.again ? `; ${forgotten} events take effect again` : ''}.`,
      )
    })
  },
})

function wholeNumber(option: string, text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw usageError(`${option} must be a whole number, not ${text}.`)
  return BigInt(text)
}
