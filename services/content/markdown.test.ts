import { describe, expect, it } from 'vitest'
import { html } from './markdown.ts'

describe('a page written in Markdown', () => {
  it('has headings, lists, links and tables', async () => {
    const shown = await html(
      '## Shipping\n\n- free from **50 €**\n- see [returns](/pages/returns)\n\n| To | Days |\n|-|-|\n| DE | 2 |\n',
    )
    expect(shown).toContain('<h2>Shipping</h2>')
    expect(shown).toContain('<strong>50 €</strong>')
    expect(shown).toContain('<a href="/pages/returns">returns</a>')
    expect(shown).toContain('<td>DE</td>')
  })

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '[click](javascript:alert(1))',
    '[click](JaVaScRiPt:alert(1))',
    '[click](&#106;avascript:alert(1))',
    '![x](javascript:alert(1))',
    '[click](data:text/html;base64,PHNjcmlwdD4=)',
    '[click](vbscript:x)',
    '<javascript:alert(1)>',
    '[x]: javascript:alert(1)\n\n[x]',
    '<svg/onload=alert(1)>',
    '`<b>`<i onclick=alert(1)>x</i>',
    '[a](<x" onmouseover="alert(1)>)',
    '<div><style>*{display:none}</style></div>',
  ])('runs nothing: %s', async (evil) => {
    const shown = await html(evil)
    expect(shown).not.toMatch(/<(script|img[^>]*onerror|svg|style|i |div)/i)
    expect(shown).not.toMatch(/(href|src)="\s*(javascript|vbscript|data):/i)
    expect(shown).not.toMatch(/<[^>]*\son\w+=(?!&quot;)/i)
  })
})
