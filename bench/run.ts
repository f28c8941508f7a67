/**
 * Measurements: `npm run bench -- NAME [--json] [--seconds N] [--rounds N] [--connections 1,16,64]`, `events` also [--bus kafka|sns-sqs] [--rates 500,2000].
 * `search` also [--write]: the table in docs/search.md. `profile`, `apart`, `hops`, `start-apart`, `split` and `buses` also what of: see there.
 * NAME: list, detail, search-kept, cart, checkout, events, start, million … = the files of this folder that export `measure`.
 * The load generator runs on the same machine; limits are measured in the same run, so ratios hold when the machine's speed drifts.
 */
import { cpus } from 'node:os'
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Measurement, MeasureOptions } from './measure.ts'
import { commitOf } from './docs-page.ts'

const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version, commit: commitOf() }
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '1,16,64' },
    strategy: { type: 'string', default: 'relay' },
    bus: { type: 'string', default: 'postgres' },
    rates: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
  },
})
const [name = '', flow] = positionals
const file = new URL(`./${name}.ts`, import.meta.url)
const module =
  /^[a-z-]+$/.test(name) && existsSync(file)
    ? ((await import(file.href)) as {
        measure?: (options: MeasureOptions) => AsyncIterable<Measurement>
        write?: (rows: readonly Measurement[], about: typeof machine) => void
        /** a row for people; default: its fields */
        text?: (row: Measurement) => string
      })
    : {}
if (!module.measure) {
  console.error(
    'usage: npm run bench -- list|detail|cart|checkout|hot-sku|events|commit|login-storm|overload|pages|processes|profile [FLOW]|search|search-evil|search-kept|search-plans|search-lag|start|million|apart|hops|start-apart|split [LAYOUT,…]|buses [BUS] [--json] [--write] [--seconds N] [--rounds N] [--connections 1,16,64]',
  )
  process.exit(2)
}

// a run that is given up takes its shop along: it is stopped at `exit`
process.once('SIGTERM', () => process.exit(143))

const options: MeasureOptions = {
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  connections: values.connections.split(',').map(Number),
  strategy: values.strategy === 'cdc' ? 'cdc' : 'relay',
  bus: values.bus === 'kafka' || values.bus === 'sns-sqs' ? values.bus : 'postgres',
  rates: values.rates.split(',').filter(Boolean).map(Number),
  ...(flow === undefined ? {} : { flow }),
}
const rows: Measurement[] = []
for await (const measurement of module.measure(options)) {
  rows.push(measurement)
  if (values.json) console.log(JSON.stringify({ ...measurement, ...machine }))
  else if (module.text) console.log(module.text(measurement))
  else
    console.log(
      Object.entries(measurement)
        .map(([key, value]) => `${key} ${typeof value === 'number' ? Math.round(value * 100) / 100 : JSON.stringify(value)}`)
        .join('  '),
    )
}
if (values.write) module.write?.(rows, machine)
