import { type DestinationStream, destination, pino } from 'pino'
import { batchedLines } from './batched-lines.ts'
import { currentContext, hasContext } from '#kit/core/context.ts'
import type { FlatFields, Logger } from './logger.ts'
import { createLineWriter } from './prepared-line.ts'
import { prettyLines } from './pretty-log.ts'
import { scrubFields, scrubText } from './scrub.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface PinoLoggerOptions {
  level: LogLevel
  /** stands in every line: `souk`, `souk-background` */
  app: string
  /** one readable line for people instead of JSON */
  pretty?: boolean
  /** default: stdout; warnings and errors at once, so that nothing about a crash is lost */
  stream?: DestinationStream
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
      level: options.level,
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
  return wrap(root, options.pretty ? undefined : { stream, bindings: base })
}

/** Where prepared lines go, past pino: the same stream, and what stands in every line. */
interface Raw {
  readonly stream: DestinationStream
  readonly bindings: object
}

type PinoLike = Pick<ReturnType<typeof pino>, 'debug' | 'info' | 'warn' | 'error' | 'child' | 'isLevelEnabled'>

function wrap(log: PinoLike, raw: Raw | undefined): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) => {
    if (log.isLevelEnabled(level)) log[level](scrubFields(fields), scrubText(message))
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (bindings) => {
      const clean = scrubFields(bindings)
      return wrap(log.child(clean), raw && { ...raw, bindings: { ...raw.bindings, ...clean } })
    },
    ...(raw
      ? {
          prepared: (fixed: FlatFields, message: string) =>
            log.isLevelEnabled('info')
              ? createLineWriter(raw.stream, { ...raw.bindings, ...scrubFields(fixed) }, message)
              : () => undefined,
        }
      : {}),
  }
}
