import { type Content, oneLine } from '../content.ts'
import type { Language, Say } from '../language.ts'
import type { ShopFacts, Template } from '../template.ts'
import { escapeHtml, type Footer, renderHtml } from './html.ts'
import { renderText } from './text.ts'

export interface Rendered {
  readonly subject: string
  readonly html: string
  readonly text: string
  /** for channels without room: SMS, push */
  readonly short: string
}

/** Operators' own words: subject and opening with `{{placeholders}}`. */
export interface Override {
  readonly subject: string
  readonly body: string
}

/** Writes a message for one reader. */
export function render(
  template: Template,
  facts: unknown,
  say: Say,
  shop: ShopFacts,
  options: Footer & { override?: Override | undefined } = {},
): Rendered {
  const written = template.write(facts as never, say)
  const content = options.override ? withOverride(written, options.override) : written
  const subject = oneLine(content.subject)
  return {
    subject,
    html: renderHtml(content, say, shop, options),
    text: renderText(content, say, shop, options),
    short: oneLine(template.about === 'given' ? content.intro.join(' ') : `${subject}: ${content.preheader}`),
  }
}

const PLACEHOLDER = /\{\{\s*([\w-]+)\s*\}\}/g

function withOverride(content: Content, { subject, body }: Override): Content {
  const fill = (text: string) => text.replace(PLACEHOLDER, (_, name: string) => content.variables[name] ?? '')
  return { ...content, subject: fill(subject), intro: body.split(/\n\s*\n/).map((paragraph) => fill(paragraph.trim())) }
}

/** Names in operators' words that the template does not know. */
export function unknownPlaceholders(template: Template, say: Say, texts: readonly string[]): string[] {
  const { variables } = template.write(template.sample as never, say)
  const named = texts.flatMap((text) => [...text.matchAll(PLACEHOLDER)].map(([, name]) => name!))
  return [...new Set(named)].filter((name) => !Object.hasOwn(variables, name))
}

/** A page that says one thing, for links in mails. */
export function smallPage(language: Language, title: string, body: string): string {
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${escapeHtml(title)}</title><style>body{font:17px/1.6 system-ui,sans-serif;max-width:32rem;margin:12vh auto;padding:0 1.25rem}button{font:inherit;font-weight:700;padding:.7rem 1.4rem;border:0;border-radius:.6rem;background:#b3452c;color:#fff}</style></head><body><h1>${escapeHtml(title)}</h1>${body}</body></html>`
}
