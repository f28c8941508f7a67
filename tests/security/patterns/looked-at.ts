/**
 * Patterns for which a text can be made that costs more than in proportion to its length, or of which the analysis came to no end. Each says who writes
 * the text. With `longest` that is anybody, and the test writes the worst text of that length.
 */
export interface LookedAt {
  readonly source: string
  readonly from: string
  readonly longest?: number
}

const log = { from: 'the log, which cuts texts (kit/service/scrub.ts: longestText, stacks)', longest: 4000 }

export const lookedAt: readonly LookedAt[] = [
  { source: '^[^\\r\\n]*[^\\s@<>]+@[^\\s@<>]+>?$', from: 'whoever runs the shop: MAIL_FROM' },
  { source: '\\s*\\n\\s*', from: 'us: pages that are generated' },
  { source: '0+$', from: 'us: digits of an amount that was a number', longest: 400 },
  {
    source: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\\b(?=[0-9]*[a-f])[0-9a-f]{24,}\\b',
    from: 'anybody: each text of a body',
    longest: 65_536,
  },
  { source: '<?([^\\s<>]+@[^\\s<>]+)>?$', from: 'whoever runs the shop: MAIL_FROM' },
  { source: '^\\/+|\\/+$', from: 'whoever runs the shop: OBJECTS_URL' },
  { source: '\\beyJ[\\w-]+\\.[\\w-]+(\\.[\\w-]*)?', ...log },
  { source: '([a-z][a-z0-9+.-]*:\\/\\/[^\\s:/@]*):[^\\s@/]+@', ...log },
  { source: "[\\w.!#$%&'*+/=?^`{|}~-]+@[\\w-]+(\\.[\\w-]+)+", ...log },
  { source: '\\b((?:password|passwd|token|secret|code|key|signature)=)[^&\\s]+', ...log },
  { source: '^\\s*(?!\\/\\/).* (\\w+) = (\\d+);$', from: 'us: numbers of fields that were published' },
  { source: '^[^\\p{L}]+|[^\\p{L}]+$', from: 'anybody: a new password', longest: 1024 },
  { source: '\\/+$', from: 'whoever runs the shop: PUBLIC_URL' },
  { source: '\\bgenerated\\s+always\\s+as\\s*\\([\\s\\S]*\\bstored\\b', from: 'us: migrations' },
  { source: '\\bdefault\\s+([\\s\\S]*)$', from: 'us: migrations' },
  { source: '\\s*(\\*\\/)?$', from: 'us: migrations' },
]
