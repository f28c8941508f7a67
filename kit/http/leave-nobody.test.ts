import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { rememberingLogger } from './testing.ts'
import { buildApp } from './app.ts'
import { anyone, get } from './route.ts'

const CROWD = 20

/** Connects and asks from another thread, while this one is kept busy; says how many have. */
const callers = `
  const { connect } = require('node:net')
  const { parentPort, workerData: { port, crowd, asked } } = require('node:worker_threads')
  const call = () => new Promise((resolve) => {
    let got = ''
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /api/things HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n', () => Atomics.add(asked, 0, 1)))
    socket.on('data', (data) => { got += data })
    socket.on('error', () => {})
    socket.on('close', () => resolve(got.slice(0, 12)))
  })
  Promise.all(Array.from({ length: crowd }, call)).then((answers) => parentPort.postMessage(answers))`

test('whoever has asked before the shop begins to close is answered, also if nobody had time to look at the door', async () => {
  const things = get('/api/things', { access: anyone, summary: 'Things' }, async () => undefined)
  const app = buildApp({ log: rememberingLogger(), services: [{ name: 'things', routes: [things] }] })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const asked = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(callers, { eval: true, workerData: { port, crowd: CROWD, asked } })
  const answers = once(worker, 'message')
  await once(worker, 'online')
  const patience = performance.now() + 20_000
  // busy, as in a rush: nothing of it is accepted or read meanwhile
  while (Atomics.load(asked, 0) < CROWD && performance.now() < patience);
  await app.close()
  expect((await answers)[0]).toEqual(Array.from({ length: CROWD }, () => 'HTTP/1.1 204'))
})

test('before the end, each answer says that it is the last on its connection, and new connections are still served', async () => {
  const things = get('/api/things', { access: anyone, summary: 'Things' }, async () => undefined)
  const app = buildApp({ log: rememberingLogger(), services: [{ name: 'things', routes: [things] }] })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = async () => {
    const sent = request({ port, host: '127.0.0.1', path: '/api/things', agent }).end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    await once(answer.resume(), 'close')
    return { again: sent.reusedSocket, status: answer.statusCode, connection: answer.headers.connection }
  }
  expect(await ask()).toEqual({ again: false, status: 204, connection: 'keep-alive' })
  app.letGo()
  expect(await ask()).toEqual({ again: true, status: 204, connection: 'close' })
  expect(await ask()).toEqual({ again: false, status: 204, connection: 'close' })
  agent.destroy()
  await app.close()
})
