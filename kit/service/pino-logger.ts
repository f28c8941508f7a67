import { type DestinationStream, destination, pino } from 'pino'
import { batchedLines } from './batched-lines.ts'
import { currentContext, hasContext } from '#kit/core/context.ts'
import { type FlatFields, type Logger, type LogLevel, SEVERITY } from './logger.ts'
import type { KeptLine } from './recent-lines.ts'
import { createLineWriter } from './prepared-line.ts'
import { prettyLines } from './pretty-log.ts'
import { scrubFields, scrubText } from './scrub.ts'

export interface PinoLoggerOptions {
  level: LogLevel
  /** stands in every line: `souk`, `souk-background` */
  app: string
  /** one readable line for people instead of JSON */
  pretty?: boolean
  /** default: stdout; warnings and errors at once, so that nothing about a crash is lost */
  stream?: DestinationStream
  /** told of every line that is written */
  keep?: (line: KeptLine) => void
}

/**
 * Logger on pino: one JSON object a line (`time` in ISO 8601, `level` as a word), trace and correlation id of the running
 * work included, fields cleaned by scrub.ts.
 */
export function createPinoLogger(options: PinoLoggerOptions): Logger {
  const stream = options.stream ?? (options.pretty ? destination({ dest: 1, sync: true }) : batchedLines())
  const base = { app: options.app, pid: process.pid }
  const root = pino(
    {
      // Everything gets here; what is written is decided below, where it may change while we run.
      level: 'debug',
      base,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        if (!hasContext()) return {}
        const { traceId, correlationId } = currentContext()
        return { traceId, correlationId }
      },
    },
    options.pretty ? prettyLines(stream) : stream,
  )
  return wrap(
    root,
    options.pretty ? undefined : { stream, bindings: base },
    { level: options.level },
    { bound: base, keep: options.keep },
  )
}

/** Where prepared lines go, past pino: the same stream, and what stands in every line. */
interface Raw {
  readonly stream: DestinationStream
  readonly bindings: object
}

type PinoLike = Pick<ReturnType<typeof pino>, 'debug' | 'info' | 'warn' | 'error' | 'child'>

/** Who else hears of a line, and what stands in all of them. */
interface Kept {
  readonly bound: object
  readonly keep: PinoLoggerOptions['keep']
}

function wrap(log: PinoLike, raw: Raw | undefined, least: { level: LogLevel }, kept: Kept): Logger {
  const wanted = (level: LogLevel) => SEVERITY[level] >= SEVERITY[least.level]
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) => {
    if (!wanted(level)) return
    const line = { fields: scrubFields(fields), message: scrubText(message) }
    log[level](line.fields, line.message)
    const ids = kept.keep && hasContext() ? currentContext() : undefined
    kept.keep?.({ at: Date.now(), level, bound: kept.bound, traceId: ids?.traceId, correlationId: ids?.correlationId, ...line })
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    setLevel: (level) => {
      least.level = level
    },
    child: (bindings) => {
      const clean = scrubFields(bindings)
      const bound = { ...kept.bound, ...clean }
      return wrap(log.child(clean), raw && { ...raw, bindings: { ...raw.bindings, ...clean } }, least, { ...kept, bound })
    },
    ...(raw
      ? {
          prepared: (fixed: FlatFields, message: string) => {
            const bound = { ...raw.bindings, ...scrubFields(fixed) }
            const line = createLineWriter(raw.stream, bound, message)
            return (fields: FlatFields) => {
              if (!wanted('info')) return
              line(fields)
              kept.keep?.({ at: Date.now(), level: 'info', message, bound, fields })
            }
          },
        }
      : {}),
  }
}
