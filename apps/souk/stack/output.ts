import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

const COLOURS = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94, 31]

/** Puts the name of its process before every line; each process has a colour where a person watches. */
export function prefixer(names: readonly string[], colours: boolean): (name: string, line: string) => string {
  const width = Math.max(...names.map((name) => name.length))
  return (name, line) => {
    const text = `${name.padEnd(width)} │`
    if (!colours) return `${text} ${line}`
    return `\x1b[${COLOURS[names.indexOf(name) % COLOURS.length]}m${text}\x1b[0m ${line}`
  }
}

/** Lines of a stream, one at a time, also where writes cut them. */
export function eachLine(stream: Readable, take: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', take)
}
