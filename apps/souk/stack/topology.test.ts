import { describe, expect, it } from 'vitest'
import { loadServices } from '../load.ts'
import { type Manifest, manifestOf } from './manifests.ts'
import { meetingSettings, processesOf, stopWavesOf, wavesOf } from './topology.ts'

const manifest = (name: string, port: number, more: Partial<Manifest> = {}): Manifest => ({
  name,
  port,
  door: false,
  group: undefined,
  order: undefined,
  tells: {},
  ...more,
})
const house = [
  manifest('gateway', 8080, { door: true }),
  manifest('mail', 8089),
  manifest('till', 8087, { group: 'shop' }),
  manifest('shelf', 8084, { group: 'shop' }),
  manifest('directory', 8761, { order: 1 }),
]
const names = (waves: readonly (readonly { name: string }[])[]) => waves.map((wave) => wave.map(({ name }) => name))

describe('a split shop', () => {
  it('has a process per service, each on its own port', () => {
    expect(processesOf(house, 'apart').map(({ name, port, services }) => [name, port, services])).toEqual([
      ['directory', 8761, ['directory']],
      ['gateway', 8080, ['gateway']],
      ['shelf', 8084, ['shelf']],
      ['till', 8087, ['till']],
      ['mail', 8089, ['mail']],
    ])
  })

  it('has three kinds of processes when services share them, and the gateway is never shared', () => {
    const processes = processesOf(house, 'mixed')
    expect(Object.fromEntries(processes.map(({ name, services }) => [name, services]))).toEqual({
      gateway: ['gateway'],
      shop: ['till', 'shelf'],
      'back-office': ['mail', 'directory'],
    })
  })

  it('starts first what all need, then the gateway, then the rest, and stops the gateway first and what all need last', () => {
    const processes = processesOf(house, 'apart')
    expect(names(wavesOf(processes))).toEqual([['directory'], ['gateway'], ['shelf', 'till', 'mail']])
    expect(names(stopWavesOf(processes))).toEqual([['gateway'], ['shelf', 'till', 'mail'], ['directory']])
  })

  it('gives second instances names and ports of their own, and tells everybody of all of them', () => {
    const processes = processesOf(house.slice(0, 2), 'apart', { instances: 2, shift: 10 })
    expect(processes.map(({ name, port }) => `${name} ${port}`).sort()).toEqual([
      'gateway 8090',
      'gateway-2 9090',
      'mail 8099',
      'mail-2 9099',
    ])
    expect(meetingSettings(processes, '127.0.0.1').SOUK_PEERS!.split(',').sort()).toEqual([
      'gateway=http://127.0.0.1:8090',
      'gateway=http://127.0.0.1:9090',
      'mail=http://127.0.0.1:8099',
      'mail=http://127.0.0.1:9099',
    ])
  })

  it('meets at the registry where it has one', () => {
    const tells = { REGISTRY_URL: '{url}/eureka/' }
    const processes = processesOf([...house.slice(0, 2), manifest('directory', 8761, { order: 1, tells })], 'apart', {
      instances: 2,
    })
    expect(meetingSettings(processes, '127.0.0.1')).toEqual({
      REGISTRY_URL: 'http://127.0.0.1:8761/eureka/,http://127.0.0.1:9761/eureka/',
    })
  })

  it('needs the list of all where it has a configuration and no registry', () => {
    const settings = manifest('settings', 8888, { order: 1, tells: { CONFIG_URL: '{url}/config/' } })
    expect(meetingSettings(processesOf([settings, manifest('till', 8087)], 'apart'), '127.0.0.1')).toEqual({
      CONFIG_URL: 'http://127.0.0.1:8888/config/',
      SOUK_PEERS: 'settings=http://127.0.0.1:8888,till=http://127.0.0.1:8087',
    })
  })
})

describe('our own shop, split', () => {
  it('begins with the configuration and the registry, and every process is told of both', async () => {
    const root = new URL('../../../', import.meta.url)
    const processes = processesOf(
      (await loadServices({ root })).map(({ service }) => manifestOf(service)),
      'apart',
    )
    expect(names(wavesOf(processes)).slice(0, 3)).toEqual([['config'], ['registry'], ['gateway']])
    expect(processes.flatMap(({ needed }) => needed)).toEqual(['config', 'registry'])
    expect(meetingSettings(processes, '127.0.0.1')).toEqual({
      CONFIG_URL: 'http://127.0.0.1:8888/config/',
      REGISTRY_URL: 'http://127.0.0.1:8761/eureka/',
    })
  }, 60_000)
})
