import { afterEach, describe, expect, it } from 'vitest'
import { closeAll, gateway, instance } from './forwarder.fixture.ts'
import { circuitsOf } from '#kit/balance/circuits.ts'
import type { InstanceState } from '#kit/balance/instance.ts'

afterEach(closeAll)

const states = (...breakers: InstanceState['breaker'][]) =>
  breakers.map((breaker) => ({ service: 'things', breaker }) as InstanceState)
const circuit = (...breakers: InstanceState['breaker'][]) => circuitsOf(states(...breakers))

describe('the circuit of a service', () => {
  it('is closed while one instance answers, open when none is asked, half open while one is tried', () => {
    expect(circuit('closed', 'open')).toEqual([{ service: 'things', state: 'closed', instances: 2, open: 1 }])
    expect(circuit('open', 'open')).toEqual([{ service: 'things', state: 'open', instances: 2, open: 2 }])
    expect(circuit('open', 'half-open')).toEqual([{ service: 'things', state: 'half-open', instances: 2, open: 1 }])
    expect(circuit()).toEqual([])
  })

  it('is one for each service', () => {
    const others = states('open').map((state) => ({ ...state, service: 'others' }))
    expect(circuitsOf([...states('closed'), ...others]).map(({ service, state }) => [service, state])).toEqual([
      ['things', 'closed'],
      ['others', 'open'],
    ])
  })

  it('stands beside the routes of the gateway, as it is now', async () => {
    const shelf = await instance((_request, answer) => void answer.socket?.destroy())
    const { ask } = await gateway([shelf.url], { breaker: { failures: 1, openMs: 60_000, maxOpenMs: 60_000 } })
    const circuits = async () =>
      (await ask('/actuator/gateway/routes', { headers: { 'x-test-principal': 'ann gateway:read' } })).body.circuits
    expect(await circuits()).toEqual([{ service: 'things', state: 'closed', instances: 1, open: 0 }])
    expect((await ask('/api/things')).status).toBe(503)
    expect(await circuits()).toEqual([{ service: 'things', state: 'open', instances: 1, open: 1 }])
  })
})
