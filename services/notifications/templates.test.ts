import { describe, expect, it } from 'vitest'
import { say } from './language.ts'
import { links } from './links.ts'
import { render, unknownPlaceholders } from './rendering/render.ts'
import type { Template } from './template.ts'
import { templates } from './templates.ts'
import { sampleAccount, sampleOrderMail, sampleShop } from './templates/sample.ts'

const draw = (template: Template, locale: string, facts = template.sample) => render(template, facts, say(locale), sampleShop)
const named = (name: string) => templates.get(name)!
const all = [...templates.values()]

describe('every message', () => {
  it.each(
    all.flatMap(({ name }) => [
      [name, 'en'],
      [name, 'de'],
      [name, 'de-AT'],
      [name, 'fr'],
      [name, 'not a locale'],
    ]),
  )('%s is whole in %s', (name, locale) => {
    const { subject, html, text, short } = draw(named(name!), locale!)
    for (const part of [subject, html, text, short]) {
      expect(part).not.toMatch(/undefined|NaN|\[object|Invalid Date|\{\{/)
      expect(part.trim()).not.toBe('')
    }
    expect(subject).not.toMatch(/[\r\n]/)
    expect(html).toContain(`<html lang="${locale!.startsWith('de') ? 'de' : 'en'}">`)
    expect(html).toContain('prefers-color-scheme:dark')
  })

  it('speaks two languages', () => {
    for (const template of all.filter(({ about }) => about !== 'given')) {
      expect(draw(template, 'de').subject, template.name).not.toBe(draw(template, 'en').subject)
      expect(draw(template, 'de').text).not.toBe(draw(template, 'en').text)
    }
  })

  it('loads nothing from anywhere: no pictures that report who opens them, no scripts', () => {
    for (const template of all) expect(draw(template, 'en').html).not.toMatch(/<img|<script|<link|url\(|@import/i)
  })
})

it('has the subjects that customers know', () => {
  const subjects = [
    'order-placed',
    'order-confirmed',
    'order-shipped',
    'order-delivered',
    'order-cancelled',
    'payment-received',
    'payment-failed',
    'welcome',
    'low-stock',
  ].map((name) => draw(named(name), 'en').subject)
  expect(subjects).toEqual([
    'Order Placed — ORD-7K2M9QX4TZ', 'Order Confirmed', 'Order Shipped 🚚', 'Delivered 📦', 'Order Cancelled', 'Payment Received ✅', 'Payment Failed', 'Welcome!', '⚠ Low Stock Alert',
  ]) // biome-ignore format: subjects in a row
})

describe('what customers wrote', () => {
  const evil = `<script>alert("x")</script>'\r\nBcc: all@example.com`

  it('is text in a mail, never markup', () => {
    const order = { ...sampleOrderMail({ kind: 'return' as const, reason: evil }), name: evil }
    const mails = [
      draw(named('return-rejected'), 'en', order),
      draw(named('welcome'), 'de', { ...sampleAccount({}), name: evil }),
    ]
    const lines = [{ title: evil, sku: evil, quantity: 1, total: 100 }]
    const address = { name: evil, line1: evil, city: evil, postalCode: evil, country: 'DE' }
    mails.push(draw(named('order-placed'), 'en', { ...order, order: { ...order.order, lines, address } }))
    for (const { html } of mails) {
      expect(html).not.toContain('<script')
      expect(html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;')
    }
  })

  it('cannot become a header', () => {
    const { subject, short } = draw(named('message'), 'en', sampleAccount({ subject: `Hello${evil}\u2028x`, text: evil }))
    expect(subject).toBe('Hello<script>alert("x")</script>\' Bcc: all@example.com x')
    expect(short).not.toMatch(/[\r\n\u2028]/)
  })

  it('cannot become a link', () => {
    const order = sampleOrderMail({})
    const { html } = draw(named('order-placed'), 'en', { ...order, shop: { ...order.shop, url: 'javascript:alert(1)' } })
    expect(html).not.toContain('javascript:')
  })
})

describe('every link', () => {
  const linksOf = (text: string) => [...text.matchAll(/https:\/\/shop\.example[^\s"]*/g)].map(([url]) => new URL(url).pathname)

  it.each(all.map(({ name }) => name))('of %s leads to pages in the language of the mail', (name) => {
    const drawn = (locale: string) =>
      linksOf(
        render(named(name), named(name).sample, say(locale), sampleShop, {
          unsubscribeUrl: links.unsubscribe(sampleShop, say(locale), 'x'),
        }).text,
      ).filter((path) => !path.startsWith('/admin/'))
    expect(drawn('en').length).toBeGreaterThan(0)
    expect(drawn('en').filter((path) => /^\/de(\/|$)/.test(path))).toEqual([])
    expect(drawn('de')).toEqual(drawn('en').map((path) => `/de${path === '/' ? '' : path}`))
  })

  it('to an order lets a guest in, and asks a customer to sign in', () => {
    const text = (guestToken: string | null) => {
      const facts = sampleOrderMail({})
      return draw(named('order-placed'), 'de', { ...facts, order: { ...facts.order, guestToken } }).text
    }
    expect(text('a/b')).toMatch(/shop\.example\/de\/track\?order=[\w-]+&token=a%2Fb\s/)
    expect(text(null)).toMatch(/shop\.example\/de\/orders\/[\w-]+\s/)
  })
})

describe('amounts and dates', () => {
  it('look as the reader writes them', () => {
    const text = (locale: string) => draw(named('order-placed'), locale).text.replaceAll('\u00a0', ' ')
    expect(text('en')).toContain('Total: €74.80')
    expect(text('de')).toContain('Gesamt: 74,80 €')
    expect(text('de-AT')).toContain('€ 74,80')
    expect(text('en')).toContain('3 May 2026')
    expect(text('de')).toContain('3. Mai 2026')
    expect(text('de')).toContain('Deutschland')
  })
})

describe('operators’ own words', () => {
  const override = { subject: 'Ahoy {{name}}', body: 'We got {{ number }}.\n\n<b>Thanks</b> {{total}}' }

  it('take the place of subject and opening; the rest stays', () => {
    const template = named('order-placed')
    const { subject, html, text } = render(template, template.sample, say('en'), sampleShop, { override })
    expect(subject).toBe('Ahoy Amina Haddad')
    expect(text).toContain('We got ORD-7K2M9QX4TZ.')
    expect(html).toContain('&lt;b&gt;Thanks&lt;/b&gt; €74.80')
    expect(html).toContain('View your order')
    expect(html).not.toContain('Your order has arrived')
  })

  it('may name only what there is', () => {
    expect(unknownPlaceholders(named('order-placed'), say('en'), [override.subject, override.body])).toEqual([])
    expect(unknownPlaceholders(named('welcome'), say('en'), ['{{name}} {{number}} {{constructor}}'])).toEqual([
      'number',
      'constructor',
    ])
  })
})
