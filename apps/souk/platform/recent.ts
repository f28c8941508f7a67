import { createRecentLines, type FoundLine, type LineFilter, type RecentLines } from '#kit/service/recent-lines.ts'
import { createRecentSpans, type KeptSpan, type RecentSpans } from '#kit/tracing/recent-spans.ts'
import type { Tracer } from '#kit/tracing/span.ts'
import type { Settings } from '../settings.ts'

/** What this process did last, in its memory. */
export interface Recent {
  readonly lines: RecentLines
  /** The tracer that keeps spans, in front of the one that sends them away; undefined: none are kept. */
  spans(store: Tracer | undefined): RecentSpans | undefined
  find(filter: LineFilter): Found
}

export interface Found {
  /** newest first */
  readonly lines: readonly FoundLine[]
  readonly spans: readonly KeptSpan[]
}

/** At most, of one process. */
const MOST_LINES = 200
const MOST_SPANS = 500

export function createRecent({ logKept, tracesKept }: Pick<Settings, 'logKept' | 'tracesKept'>): Recent {
  const lines = createRecentLines(logKept)
  let spans: RecentSpans | undefined
  return {
    lines,
    spans(store) {
      spans = tracesKept > 0 ? createRecentSpans(tracesKept, store) : undefined
      return spans
    },
    find: (filter) => ({
      lines: lines.find(filter, MOST_LINES),
      spans: filter.stories && spans ? spans.find(filter.stories, MOST_SPANS) : [],
    }),
  }
}
