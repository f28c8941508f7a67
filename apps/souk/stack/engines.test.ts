import { createServer } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { engineSettings, requireEngines } from './engines.ts'
import { prefixer } from './output.ts'

describe('engines of a stack', () => {
  it('are found where they usually are, where their variable says, or where the setting says', () => {
    expect(engineSettings(['kafka', 'smtp'], {})).toEqual({
      BUS_URL: 'kafka://127.0.0.1:9092',
      MAIL_URL: 'smtp://127.0.0.1:1025',
    })
    expect(engineSettings(['kafka'], { KAFKA_URL: 'kafka://k:1' })).toEqual({ BUS_URL: 'kafka://k:1' })
    expect(engineSettings(['kafka'], { KAFKA_URL: 'kafka://k:1', BUS_URL: 'kafka://k:1/mine' })).toEqual({
      BUS_URL: 'kafka://k:1/mine',
    })
    expect(engineSettings(['s3'], {})).toEqual({
      OBJECTS_URL: 's3://test:test@souk?endpoint=http%3A%2F%2F127.0.0.1%3A4566&region=eu-central-1&create=yes',
    })
    expect(engineSettings(['s3'], { AWS_ENDPOINT_URL: 'http://s:9', AWS_ACCESS_KEY_ID: 'me', AWS_REGION: 'eu-west-1' })).toEqual({
      OBJECTS_URL: 's3://souk?endpoint=http%3A%2F%2Fs%3A9&region=eu-west-1&create=yes',
    })
    expect(() => engineSettings(['kafak'], {})).toThrow(/no engine kafak/)
  })

  it('must answer before anything is started', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await requireEngines({ BUS_URL: `kafka://127.0.0.1:${port}/x` })
    // of a storage it is the endpoint that answers, not the bucket
    const files = `s3://bucket.invalid?endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}`
    await requireEngines({ OBJECTS_URL: files })
    server.close()
    await once(server, 'close')
    await expect(requireEngines({ BUS_URL: `kafka://127.0.0.1:${port}/x` })).rejects.toThrow(/Nothing answers at .*BUS_URL needs/)
    await expect(requireEngines({ OBJECTS_URL: files })).rejects.toThrow(/Nothing answers at 127.*OBJECTS_URL needs/)
  })
})

describe('lines of a stack', () => {
  it('begin with the name of their process, in its colour where a person watches', () => {
    const plain = prefixer(['orders', 'cart'], false)
    expect(plain('cart', 'hello')).toBe('cart   │ hello')
    const coloured = prefixer(['orders', 'cart'], true)
    expect(coloured('cart', 'hello')).toContain('\x1b[33mcart   │\x1b[0m hello')
  })
})
