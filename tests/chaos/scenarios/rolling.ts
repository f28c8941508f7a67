import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '#kit/testing/eventually.ts'
import { askStack, statusOfStack } from '../../../apps/souk/stack/control.ts'
import { client, expectStatus } from '../../e2e/client.ts'
import { type AnswerCount, countAnswers } from '../answers.ts'
import { openChaosShop } from '../chaos-shop.ts'
import { openEdge } from '../edge.ts'
import { openNginx } from '../../deploy/nginx.ts'
import { openRush } from '../runs.ts'
import { type Finding, type Scenario, wrongs } from '../scenario.ts'
import { watchHands } from '../single-hands.ts'
import { sendVisitors } from '../visitors.ts'

/** `mixed` is three kinds of processes instead of one per service: for whoever looks for a cause. */
const TOPOLOGY = process.env['ROLLING_TOPOLOGY'] ?? 'apart'
/** Processes to restart, by name, where not all: on a small machine each takes half a minute and more. */
const ONLY = process.env['ROLLING_ONLY']?.split(',')
const CALM_MS = 15_000
/** What a restart left behind comes to light within it. */
const AFTERMATH_MS = 1_000
const RESTART_MS = 240_000
/** Cards that answer at once: what a bank makes of its own slowness is another experiment. */
const TOKENS = [...Array.from({ length: 9 }, () => 'tok_approve'), 'tok_decline']
const SKUS = Array.from({ length: 3 }, (_, index) => `rush-${index + 3}`)

/** Every service twice, an edge before two gateways, people in the shop all the time: one process after the other is replaced, and nobody notices. */
export const scenario: Scenario = {
  summary: 'two instances of every service; each restarted, one at a time, while people look around and buy; trials = services',
  trials: 99,
  async *run({ trials, random, note }) {
    const shop = await openChaosShop({
      layout: { command: ['stack', '--topology', TOPOLOGY, '--instances', '2'], environment: {} },
    })
    const answers = countAnswers()
    const { folder } = shop.shop
    const { processes } = (await statusOfStack(folder))!
    const doors = processes.filter(({ services }) => services.includes('gateway')).map(({ url }) => url!)
    // a real one where there is one; ours then only counts what it says
    const nginx = process.env['NGINX'] ? await openNginx(doors) : undefined
    const edge = await openEdge(nginx ? [nginx.url] : doors, answers.take)
    try {
      const hands = await watchHands(shop.admin.sql)
      const rush = await openRush(shop, { random, note }, { url: edge.url, crowd: 3, tokens: TOKENS })
      const visitors = sendVisitors({ url: edge.url, skus: SKUS, random, crowd: 2 })
      note(`${processes.length} processes, ${nginx ? 'nginx' : 'an edge of our own'} before ${doors.join(' and ')}`)
      // the first of everything is slow: pages are built, statements prepared
      for (const door of doors)
        await eventually(async () => void expectStatus(await client(door).get('/products'), 200), { timeoutMs: 300_000 })
      await delay(CALM_MS)
      answers.sinceLast()
      await delay(CALM_MS)
      yield rowOf('nothing, for comparison', answers.sinceLast(), CALM_MS)
      const names = [...new Set(processes.filter(({ name }) => !/-\d$/.test(name)).map(({ name }) => name))]
      const wanted = names.filter((each) => !ONLY || ONLY.includes(each)).slice(0, trials)
      for (const name of wanted) {
        const straight = name === 'gateway' ? knock(doors[0]!) : undefined
        const milliseconds = await restart(folder, processes.find((each) => each.name === name)!.services)
        await delay(AFTERMATH_MS)
        yield rowOf(`both ${name} restarted`, answers.sinceLast(), milliseconds)
        if (straight) yield await straight.stop()
      }
      await visitors.leave()
      yield {
        id: 'rolling',
        fault: 'rolling restart',
        trials: visitors.visits + visitors.complaints.length,
        ...wrongs(visitors.complaints.map((text) => text.slice(0, 200))),
        note: 'visits that went all the way, from registering to signing out',
      }
      for (const found of await hands.stop()) yield { fault: 'two of each, rolling restart', ...found }
      yield* rush.judge('rolling restart', 2 * wanted.length)
    } finally {
      note(`log kept: ${shop.keepLog()}`)
      await edge.close()
      await nginx?.close()
      await shop.close()
    }
  },
}

const rowOf = (fault: string, { requests, failed, tally, p50, p99 }: AnswerCount, milliseconds: number): Finding => ({
  id: 'rolling',
  fault,
  trials: requests,
  ...wrongs(failed),
  p50,
  p99,
  tally,
  note: `requests in ${(milliseconds / 1000).toFixed(1)} s, and what was answered`,
})

/** Both instances of these services, one after the other; how long that took. */
async function restart(folder: string, services: readonly string[]): Promise<number> {
  const begun = performance.now()
  const path = `/restart?${services.map((service) => `only=${service}`).join('&')}`
  const answer = await askStack(folder, 'POST', path, RESTART_MS)
  const last = (await answer!.text()).trim().split('\n').at(-1)!
  if (!last.includes('"restarted"')) throw new Error(`the restart of ${services.join(', ')} stopped: ${last}`)
  return performance.now() - begun
}

/** Somebody who knows one gateway only, and asks it again and again. */
function knock(gateway: string): { stop(): Promise<Finding> } {
  let going = true
  let [asked, refused] = [0, 0]
  let [first, last] = [0, 0]
  const all = (async () => {
    while (going) {
      asked += 1
      const answered = await fetch(`${gateway}/api/inventory/rush-3`, { signal: AbortSignal.timeout(5_000) }).then(
        (answer) => answer.arrayBuffer().then(() => answer.status < 500),
        () => false,
      )
      if (!answered) {
        refused += 1
        first ||= performance.now()
        last = performance.now()
      }
      await delay(20)
    }
  })()
  return {
    async stop() {
      going = false
      await all
      return {
        id: 'rolling',
        fault: 'restart of the gateway, without an edge',
        trials: asked,
        violations: 0,
        tally: { 'not answered': refused },
        note: `not a rule: whoever knows one gateway only waits ${((last - first) / 1000).toFixed(1)} s`,
      }
    },
  }
}
