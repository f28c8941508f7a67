import { writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

const WARN = 40
const BATCH_BYTES = 16 * 1024
const BATCH_MS = 50

/**
 * Lines for a file descriptor: those below `warn` (one for every request) are written together, a warning or an error takes
 * everything before it along at once. An exit or a crash writes the rest; only SIGKILL loses up to 50 ms of them.
 */
export function batchedLines(
  fd = 1,
  write: (text: string) => void = (text) => writeAll(fd, text),
): DestinationStream & { flush(): void } {
  let held = ''
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const text = held
    held = ''
    if (text !== '') write(text)
  }
  process.on('exit', flush)
  return {
    // pino sets `lastLevel` before each line of a destination that carries this mark
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string) {
      held += line
      if (this.lastLevel >= WARN || held.length >= BATCH_BYTES) flush()
      else timer ??= setTimeout(flush, BATCH_MS)
    },
    flush,
  } as DestinationStream & { flush(): void; lastLevel: number }
}

/** A pipe takes part of a text, or nothing for a moment. */
function writeAll(fd: number, text: string): void {
  let rest: Buffer = Buffer.from(text)
  for (let tries = 0; rest.length > 0 && tries < 1000; tries += 1) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}
