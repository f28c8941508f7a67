import type { DestinationStream } from 'pino'
import type { FlatFields } from './logger.ts'
import { scrubText, scrubValue } from './scrub.ts'

const INFO = 30
/** Hex ids, and what looks like a number of ours: neither can hold anything that has to be hidden, nor has to be quoted. */
const HEX_ID = /^[0-9a-f]{32}$/
const SAFE_NUMBER = 1e12

/**
 * Writes lines of one kind as pino would, without its general way: what is the same in every line is cleaned and written as JSON once, what
 * differs is put together here. `fixed` has been cleaned.
 */
export function createLineWriter(stream: DestinationStream, fixed: object, message: string): (fields: FlatFields) => void {
  const begin = '{"level":"info","time":"'
  const middle = `",${JSON.stringify(fixed).slice(1, -1)}`
  const end = `,"msg":${JSON.stringify(scrubText(message))}}\n`
  const leveled = stream as DestinationStream & { lastLevel?: number }
  return (fields) => {
    let line = begin + timeNow() + middle
    for (const name in fields) {
      const value = fields[name]
      if (value === undefined) continue
      line += `,"${name}":`
      if (typeof value === 'string' && HEX_ID.test(value)) line += `"${value}"`
      else if (typeof value === 'number' && Math.abs(value) < SAFE_NUMBER) line += value
      else line += JSON.stringify(scrubValue(name, value))
    }
    leveled.lastLevel = INFO
    stream.write(line + end)
  }
}

let second = Number.NaN
let upToSeconds = ''

/** Like `toISOString`; all but the milliseconds is made once a second. */
function timeNow(): string {
  const now = Date.now()
  const milliseconds = now % 1000
  if (now - milliseconds !== second) {
    second = now - milliseconds
    upToSeconds = new Date(now).toISOString().slice(0, 20)
  }
  return `${upToSeconds}${milliseconds < 10 ? '00' : milliseconds < 100 ? '0' : ''}${milliseconds}Z`
}
