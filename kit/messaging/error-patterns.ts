const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi
const QUOTED = /'[^']{1,200}'|"[^"]{1,200}"/g
const NUMBER = /\b\d+(?:\.\d+)?\b/g

/** A message without what differs from case to case, so that equal causes look equal. */
export function normalizeMessage(message: string): string {
  return message.slice(0, 1000).replace(UUID, '<id>').replace(QUOTED, '<text>').replace(NUMBER, '<n>').trim()
}
