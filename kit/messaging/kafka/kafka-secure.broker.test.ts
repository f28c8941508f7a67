import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { createKafkaBus } from './kafka-bus.ts'
import { type Broker, createBroker, makeCertificates } from './testing/broker.ts'

/** Publishes and reads back by a URL, as a member of a group; throws what the broker answers to strangers. */
async function roundTrip(url: string): Promise<string[]> {
  const bus = createKafkaBus({ url, log: silentLogger, clientId: `test-${randomBytes(4).toString('hex')}`, pollMs: 200 })
  try {
    const topic = `t${randomBytes(4).toString('hex')}.events`
    await bus.publish([{ topic, key: 'a', eventId: uuidv7(), type: 'Sold.v1', value: '{"n":1}' }])
    const membership = await bus.join('readers', [topic])
    await eventually(() => expect(membership.owns(topic, 0)).toBe(true), { timeoutMs: 20_000 })
    const positions = (await bus.heads([topic])).map((head) => ({ ...head, next: head.first }))
    const slices = await bus.fetch({ positions, budget: 10, exact: true })
    return slices.flatMap(({ records }) => records.map(({ value }) => value.toString()))
  } finally {
    await bus.close()
  }
}

const jaas = (mechanism: string, module: string, options: string) =>
  `listener.name.client.${mechanism}.sasl.jaas.config=org.apache.kafka.common.security.${module} required ${options};`

/** TLS with certificates on both sides, and passwords by two ways. */
let broker: Broker
beforeAll(async () => {
  broker = await createBroker({
    client: {
      protocol: 'SASL_SSL',
      properties: [
        'listener.name.client.ssl.keystore.type=PEM',
        'listener.name.client.ssl.keystore.location={folder}/server.pem',
        'listener.name.client.ssl.truststore.type=PEM',
        'listener.name.client.ssl.truststore.location={folder}/ca.pem',
        'listener.name.client.ssl.client.auth=required',
        'listener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN',
        jaas('scram-sha-512', 'scram.ScramLoginModule', ''),
        jaas('plain', 'plain.PlainLoginModule', 'user_shop="p/w:rd"'),
      ],
    },
    scram: { shop: 'scrampassword' },
    prepare: makeCertificates,
  })
  await broker.start()
}, 180_000)
afterAll(() => broker.close())

const right = 'shop:scrampassword@'
const files = { ca: 'ca.pem', cert: 'client.crt', key: 'client.key' }

function url(account: string, sasl: string, given: Partial<typeof files> = files): string {
  const query = Object.entries(given).map(([name, file]) => `&${name}=${join(broker.folder, file)}`)
  return `kafkas://${account}${broker.address}?sasl=${sasl}${query.join('')}`
}

describe('Kafka with TLS and passwords', () => {
  it.each([
    ['SCRAM-SHA-512', right, 'scram-sha-512'],
    ['PLAIN, with signs in the password that mean something in a URL', `shop:${encodeURIComponent('p/w:rd')}@`, 'plain'],
  ])('takes events from a shop with certificate and password by %s', async (_what, account, sasl) => {
    expect(await roundTrip(url(account, sasl))).toEqual(['{"n":1}'])
  })

  it.each([
    ['has no certificate', () => url(right, 'scram-sha-512', { ca: files.ca })],
    ['does not know the authority of the broker', () => url(right, 'scram-sha-512', { cert: files.cert, key: files.key })],
    ['has a wrong password by SCRAM', () => url('shop:wrong@', 'scram-sha-512')],
    ['has a wrong password by PLAIN', () => url('shop:wrong@', 'plain')],
    ['has none', () => url('', 'plain')],
    ['speaks without TLS', () => `kafka://${right}${broker.address}?sasl=scram-sha-512`],
  ])('is not used by a shop that %s', async (_what, wrong) => {
    await expect(roundTrip(wrong())).rejects.toThrow()
  })
})
