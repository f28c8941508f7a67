import type { DestinationStream } from 'pino'

const hidden = new Set(['level', 'time', 'app', 'pid', 'msg', 'traceId', 'correlationId', 'service', 'stack'])
const colours: Record<string, number> = { debug: 90, info: 36, warn: 33, error: 31 }

/** Turns pino's JSON into `12:34:56 info  orders order placed orderId=…`, for a person at a terminal. */
export function prettyLines(out: DestinationStream): DestinationStream {
  return {
    write(line) {
      out.write(`${pretty(line)}\n`)
    },
  }
}

function pretty(line: string): string {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line) as Record<string, unknown>
  } catch {
    return line.trimEnd()
  }
  const level = String(entry.level)
  const fields = Object.entries(entry)
    .filter(([key]) => !hidden.has(key))
    .map(([key, value]) => `\x1b[90m${key}=\x1b[0m${plain(typeof value === 'string' ? value : JSON.stringify(value))}`)
  const time = String(entry.time).slice(11, 19)
  const head = `\x1b[90m${time}\x1b[0m \x1b[${colours[level] ?? 0}m${level.padEnd(5)}\x1b[0m \x1b[35m${plain(String(entry.service ?? entry.app ?? ''))}\x1b[0m`
  return [head, plain(String(entry.msg ?? '')), ...fields].join(' ')
}

/** A value must not move the cursor, colour the screen or begin a line of its own. */
function plain(text: string): string {
  return text.replace(
    /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
