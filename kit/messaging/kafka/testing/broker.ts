import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Admin } from '@platformatic/kafka'
import { eventually } from '#kit/testing/eventually.ts'
import { kafkaPlace } from '../connection.ts'

const run = promisify(execFile)

/** Folder with the jars of Apache Kafka 4 (`libs` of its distribution). */
const libs = `${process.env.KAFKA_LIBS}/*`

export interface BrokerOptions {
  /** lines of server.properties for the listener that clients use; `{folder}` is the broker's own */
  readonly client?: {
    readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
    readonly properties?: readonly string[]
  }
  /** accounts for SCRAM-SHA-512, made when the storage is formatted */
  readonly scram?: Readonly<Record<string, string>>
  /** puts files into the broker's folder before it starts */
  prepare?(folder: string): Promise<void>
}

export interface Broker {
  readonly folder: string
  /** host and port for clients */
  readonly address: string
  start(): Promise<void>
  /** kill -9 */
  kill(): Promise<void>
  /** SIGTERM; waits for its end */
  stop(): Promise<void>
  close(): Promise<void>
}

/** A broker of the test's own: one that may be killed, or that speaks TLS and asks for passwords. */
export async function createBroker({
  client = { protocol: 'PLAINTEXT' },
  scram = {},
  prepare,
}: BrokerOptions = {}): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), 'souk-broker-'))
  const [port, inner, controller] = await freePorts(3)
  await prepare?.(folder)
  const properties = join(folder, 'server.properties')
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=INNER',
    `listeners=CLIENT://127.0.0.1:${port},INNER://127.0.0.1:${inner},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=CLIENT://127.0.0.1:${port},INNER://127.0.0.1:${inner}`,
    `listener.security.protocol.map=CLIENT:${client.protocol},INNER:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    `log.dirs=${join(folder, 'log')}`,
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'auto.create.topics.enable=false',
    'broker.heartbeat.interval.ms=1000',
    'broker.session.timeout.ms=4000',
    ...(client.properties ?? []).map((line) => line.replaceAll('{folder}', folder)),
  ]
  await writeFile(properties, `${lines.join('\n')}\n`)
  const accounts = Object.entries(scram).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ])
  const id = randomBytes(16).toString('base64url')
  await run('java', ['-Xmx128m', '-cp', libs, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', properties, ...accounts])

  let process: ChildProcess | undefined
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!process || process.exitCode !== null || process.signalCode !== null) return
    const gone = once(process, 'exit')
    process.kill(signal)
    await gone
  }
  const kill = () => end('SIGKILL')
  return {
    folder,
    address: `127.0.0.1:${port}`,
    kill,
    stop: () => end('SIGTERM'),
    async start() {
      process = spawn('java', ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-cp', libs, 'kafka.Kafka', properties], {
        stdio: 'ignore',
      })
      await eventually(() => answers(`kafka://127.0.0.1:${inner}`), { timeoutMs: 120_000, everyMs: 250 })
    },
    async close() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** An open port is no broker yet. */
async function answers(url: string): Promise<void> {
  const { client } = kafkaPlace(url, 'test')
  const admin = new Admin({ ...client, retries: 0, timeout: 2_000 })
  try {
    await admin.listTopics()
    const { brokers } = await admin.metadata({ topics: [] })
    if (brokers.size === 0) throw new Error('no broker is registered')
  } finally {
    await admin.close()
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => promisify(server.close.bind(server))()))
  return ports
}

/** An authority of the test's own, and what it certified: `ca.pem`; `server.pem` and `client.pem` with key and certificate; `client.key` and `client.crt` apart. */
export async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  for (const name of ['server', 'client']) {
    await openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    await writeFile(join(folder, `${name}.ext`), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`]
    await openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.crt`)
    const { stdout: key } = await openssl('pkcs8', '-topk8', '-nocrypt', '-in', `${name}.key`)
    const { stdout: certificate } = await openssl('x509', '-in', `${name}.crt`)
    await writeFile(join(folder, `${name}.pem`), `${key}${certificate}`)
  }
}
