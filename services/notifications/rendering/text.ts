import type { Block, Content } from '../content.ts'
import type { Say } from '../language.ts'
import { links } from '../links.ts'
import type { ShopFacts } from '../template.ts'
import type { Footer } from './html.ts'

/** The same mail without looks, for readers and programs that want it so. */
export function renderText(content: Content, say: Say, shop: ShopFacts, { unsubscribeUrl }: Footer = {}): string {
  const enough = say({ en: 'No more of these mails', de: 'Keine solchen Mails mehr' })
  const parts = [
    `${content.heading}\n${'='.repeat([...content.heading].length)}`,
    ...content.intro,
    ...content.blocks.map(block),
    `-- \n${shop.name}\n${links.home(shop, say)}${unsubscribeUrl ? `\n${enough}: ${unsubscribeUrl}` : ''}`,
  ]
  return `${parts.join('\n\n')}\n`
}

function block(part: Block): string {
  switch (part.kind) {
    case 'text':
    case 'hint':
      return part.text
    case 'code':
      return `    ${part.text}`
    case 'quote':
      return part.text
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n')
    case 'button':
      return `${part.label}:\n${part.url}`
    case 'facts':
      return part.rows.map(([label, value]) => `${label}: ${value}`).join('\n')
    case 'lines':
      return [
        ...part.lines.map((line) => `- ${line.title} (${line.detail}): ${line.amount}`),
        ...part.totals.map(([label, amount]) => `${label}: ${amount}`),
      ].join('\n')
    case 'address':
      return [`${part.title}:`, ...part.lines].join('\n')
    case 'progress':
      return part.steps.map((step, index) => `${index < part.done ? '[x]' : '[ ]'} ${step}`).join('  ')
  }
}
