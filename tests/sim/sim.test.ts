import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Outcome } from './simulate.ts'

/** A process of its own: a simulation replaces the clock, timers and chance of the whole process. */
async function sim<T>(...args: string[]): Promise<T> {
  const stdout = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      ['tests/sim/run.ts', '--json', '--report', '', ...args],
      { cwd: fileURLToPath(new URL('../../', import.meta.url)), maxBuffer: 64 * 1024 * 1024 },
      (_error, out) => resolve(out),
    )
  })
  return JSON.parse(stdout)
}

it('keeps money and stock right in hundreds of histories of crashes, lost answers and late payments', async () => {
  const report = await sim<{ seeds: number; violations: unknown[] }>('--seeds', '300')
  expect(report).toMatchObject({ seeds: 300, violations: [] })
}, 180_000)

it.each([[454, 'a parcel left, then its half-finished checkout was cancelled and the money given back']])(
  'keeps them right in history %i, where once %s',
  async (seed) => {
    const { violation } = await sim<Outcome>('--seed', String(seed))
    expect(violation).toBeUndefined()
  },
  180_000,
)

it('tells the same history of the same seed, line by line', async () => {
  const [once, again] = await Promise.all([sim<Outcome>('--seed', '42'), sim<Outcome>('--seed', '42')])
  expect(once.trace.length).toBeGreaterThan(20)
  expect(again).toEqual(once)
}, 180_000)

it('notices every guard that is switched off', async () => {
  const report = await sim<{ mutants: { name: string; killedAtSeed: number | null }[] }>('--seeds', '1', '--mutants')
  expect(report.mutants.length).toBeGreaterThanOrEqual(14)
  expect(report.mutants.filter(({ killedAtSeed }) => killedAtSeed === null)).toEqual([])
}, 300_000)
