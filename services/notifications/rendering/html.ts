import type { Block, Content } from '../content.ts'
import type { Say } from '../language.ts'
import { links } from '../links.ts'
import type { ShopFacts } from '../template.ts'
import { awning, style } from './look.ts'

/** Where a reader of advertising says that it is enough. */
export interface Footer {
  readonly unsubscribeUrl?: string | undefined
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!)
}
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const multiline = (text: string): string => escapeHtml(text).replaceAll('\n', '<br>')

/** Only addresses of the web become links. */
function href(url: string): string {
  return /^https?:\/\//.test(url) ? escapeHtml(url) : '#'
}

/** The whole mail: tables and inline styles, because that is what mail programs understand; one frame for all. */
export function renderHtml(content: Content, say: Say, shop: ShopFacts, footer: Footer = {}): string {
  const rows = [
    `<h1 class="ink" style="${style.heading}">${escapeHtml(content.heading)}</h1>`,
    ...content.intro.map((paragraph) => `<p class="ink" style="${style.paragraph}">${multiline(paragraph)}</p>`),
    ...content.blocks.map(block),
  ].join('\n')
  return `<!doctype html>
<html lang="${say.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="x-apple-disable-message-reformatting">
<title>${escapeHtml(content.subject)}</title>
<style>${style.sheet}</style>
</head>
<body class="ground" style="${style.body}">
<div style="${style.preheader}">${escapeHtml(content.preheader)}${'&#8199;&#65279;'.repeat(60)}</div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="${style.ground}"><tr><td align="center" style="padding:24px 12px 40px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px">
<tr><td class="ink" style="${style.brand}"><a class="ink" href="${href(links.home(shop, say))}" style="${style.brandLink}">${escapeHtml(shop.name)}</a></td></tr>
<tr><td>${awning}</td></tr>
<tr><td class="card padded" style="${style.card}">
${rows}
</td></tr>
<tr><td class="muted" style="${style.footer}">${footerLines(say, shop, footer)}</td></tr>
</table>
</td></tr></table>
</body>
</html>
`
}

function footerLines(say: Say, shop: ShopFacts, { unsubscribeUrl }: Footer): string {
  const shopLink = `<a class="muted" href="${href(links.home(shop, say))}" style="${style.footerLink}">${escapeHtml(shop.name)}</a>`
  const enough = say({ en: 'No more of these mails', de: 'Keine solchen Mails mehr' })
  return unsubscribeUrl
    ? `${shopLink} &nbsp;·&nbsp; <a class="muted" href="${href(unsubscribeUrl)}" style="${style.footerLink}">${enough}</a>`
    : shopLink
}

function block(part: Block): string {
  switch (part.kind) {
    case 'text':
      return `<p class="ink" style="${style.paragraph}">${multiline(part.text)}</p>`
    case 'hint':
      return `<p class="muted" style="${style.hint}">${multiline(part.text)}</p>`
    case 'quote':
      return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 20px"><tr><td class="quote" style="${style.quote}">${multiline(part.text)}</td></tr></table>`
    case 'code':
      return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 20px"><tr><td class="quote" style="${style.code}">${escapeHtml(part.text)}</td></tr></table>`
    case 'button':
      return `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:28px 0 12px"><tr><td class="button" style="${style.buttonCell}"><a class="button" href="${href(part.url)}" style="${style.button}">${escapeHtml(part.label)}</a></td></tr></table>`
    case 'facts':
      return table(
        part.rows.map(
          ([label, value]) =>
            `<tr><td class="muted line" style="${style.factLabel}">${escapeHtml(label)}</td><td class="ink line" style="${style.factValue}">${escapeHtml(value)}</td></tr>`,
        ),
      )
    case 'lines':
      return table([
        ...part.lines.map(
          (line) =>
            `<tr><td class="ink line" style="${style.line}">${escapeHtml(line.title)}<br><span class="muted" style="${style.detail}">${escapeHtml(line.detail)}</span></td><td class="ink line" style="${style.amount}">${escapeHtml(line.amount)}</td></tr>`,
        ),
        ...part.totals.map(([label, amount], index) => {
          const last = index === part.totals.length - 1 ? ';font-weight:700;font-size:18px' : ''
          return `<tr><td class="ink" style="${style.total}${last}">${escapeHtml(label)}</td><td class="ink" style="${style.totalAmount}${last}">${escapeHtml(amount)}</td></tr>`
        }),
      ])
    case 'address':
      return `<p class="ink" style="${style.paragraph}"><span class="muted" style="${style.label}">${escapeHtml(part.title)}</span><br>${part.lines.map(escapeHtml).join('<br>')}</p>`
    case 'progress':
      return progress(part.steps, part.done)
  }
}

const table = (rows: readonly string[]): string =>
  `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 20px">${rows.join('')}</table>`

function progress(steps: readonly string[], done: number): string {
  const width = `${Math.floor(100 / steps.length)}%`
  const cells = steps.map((step, index) => {
    const reached = index < done
    const gap = index === 0 ? '0' : '3px'
    return `<td width="${width}" valign="top" style="padding:0 0 0 ${gap}"><div class="${reached ? 'bar-done' : 'bar'}" style="${reached ? style.barDone : style.bar}">&nbsp;</div><div class="${reached ? 'ink' : 'muted'}" style="${style.step}${index === done - 1 ? ';font-weight:700' : ''}">${escapeHtml(step)}</div></td>`
  })
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 24px"><tr>${cells.join('')}</tr></table>`
}
