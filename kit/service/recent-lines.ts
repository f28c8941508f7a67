import { createRing } from '#kit/core/ring.ts'
import { type LogLevel, SEVERITY } from './logger.ts'
import { scrubFields } from './scrub.ts'

/** One line as a logger wrote it. */
export interface KeptLine {
  /** epoch milliseconds */
  readonly at: number
  readonly level: LogLevel
  readonly message: string
  /** what stands in every line of this logger, and what stands in this one */
  readonly bound: object
  readonly fields: object
  readonly traceId?: string | undefined
  readonly correlationId?: string | undefined
}

export interface FoundLine {
  readonly at: number
  readonly level: LogLevel
  readonly message: string
  readonly service: string | null
  readonly traceId: string | null
  readonly correlationId: string | null
  readonly details: Readonly<Record<string, unknown>>
}

export interface LineFilter {
  /** trace or correlation ids; undefined: all */
  readonly stories?: readonly string[] | undefined
  /** of this level or worse */
  readonly level?: LogLevel | undefined
  readonly service?: string | undefined
}

export interface RecentLines {
  keep(line: KeptLine): void
  /** Newest first. */
  find(filter: LineFilter, most: number): FoundLine[]
}

/** Whose work a line is about is nothing that whoever looks for a fault needs. */
const PERSONAL = new Set(['user', 'userId', 'customerId', 'ip', 'by'])

/** The newest lines of this process's log, cleaned as those that were written, and without whom they are about. */
export function createRecentLines(most: number): RecentLines {
  const ring = createRing<KeptLine>(Math.max(1, most))
  return {
    keep: most > 0 ? ring.push : () => undefined,
    find({ stories, level = 'debug', service }, limit) {
      const found: FoundLine[] = []
      for (const line of ring.newest()) {
        if (found.length >= limit) break
        // before it is cleaned: that costs more than to look at it
        if (SEVERITY[line.level] < SEVERITY[level]) continue
        if (service !== undefined && idOf(line, 'service') !== service) continue
        if (stories && !stories.some((id) => id === idOf(line, 'traceId') || id === idOf(line, 'correlationId'))) continue
        found.push(foundOf(line))
      }
      return found
    },
  }
}

function idOf({ bound, fields, traceId, correlationId }: KeptLine, name: 'service' | 'traceId' | 'correlationId'): unknown {
  const parts = [fields, bound, { traceId, correlationId }] as Partial<Record<typeof name, unknown>>[]
  return parts.find((part) => Object.hasOwn(part, name))?.[name]
}

function foundOf({ at, level, message, bound, fields, ...ids }: KeptLine): FoundLine {
  const all = scrubFields({ ...ids, ...bound, ...fields })
  const { service, traceId, correlationId, ...rest } = all as Record<string, string | undefined>
  const details = Object.fromEntries(
    Object.entries(rest).filter(([key, value]) => value !== undefined && !PERSONAL.has(key) && key !== 'app' && key !== 'pid'),
  )
  return {
    at,
    level,
    message,
    service: service ?? null,
    traceId: traceId ?? null,
    correlationId: correlationId ?? traceId ?? null,
    details,
  }
}
