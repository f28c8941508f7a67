import type { DocumentOf } from '../documents.ts'

const point = (en: readonly [string, string], de: readonly [string, string]) => ({
  texts: { en: { title: en[0], text: en[1] }, de: { title: de[0], text: de[1] } },
})

export const home: DocumentOf<'home'> = {
  kind: 'home',
  sections: [
    {
      type: 'hero',
      to: '/products',
      texts: {
        en: {
          title: 'Many stalls, one roof',
          text: 'Cups that sit well in the hand, lamps that make a corner a place, cloth that gets better with every wash.',
          label: 'Look around',
        },
        de: {
          title: 'Viele Stände, ein Dach',
          text: 'Tassen, die gut in der Hand liegen, Lampen, die aus einer Ecke einen Platz machen, Stoffe, die mit jeder Wäsche schöner werden.',
          label: 'Umsehen',
        },
      },
    },
    {
      type: 'products',
      category: null,
      sort: 'newest',
      limit: 8,
      texts: { en: { title: 'New in the shop' }, de: { title: 'Neu im Laden' } },
    },
    { type: 'recommended' },
    { type: 'categories', texts: { en: { title: 'Walk through the stalls' }, de: { title: 'Durch die Stände gehen' } } },
    {
      type: 'text',
      texts: {
        en: {
          title: 'Who stands behind the stalls',
          body: 'Potters, weavers and lamp makers, most of them no more than two hundred kilometres away. [Read about them](/pages/about).',
        },
        de: {
          title: 'Wer hinter den Ständen steht',
          body: 'Töpferinnen, Weber und Lampenmacher, die meisten keine zweihundert Kilometer entfernt. [Mehr über sie](/pages/about).',
        },
      },
    },
    {
      type: 'points',
      points: [
        point(
          ['Sent within a day', 'What is in stock leaves the house the next working day.'],
          ['In einem Tag unterwegs', 'Was auf Lager ist, verlässt am nächsten Werktag das Haus.'],
        ),
        point(
          ['30 days to change your mind', 'Send it back from your account, without a call.'],
          ['30 Tage Bedenkzeit', 'Zurückschicken aus dem Konto heraus, ohne Anruf.'],
        ),
        point(
          ['Pay once', 'Click twice, lose the line, press back: you pay once.'],
          ['Einmal zahlen', 'Zweimal klicken, Leitung weg, zurück: Sie zahlen einmal.'],
        ),
      ],
    },
  ],
}

export const banner: DocumentOf<'banner'> = {
  kind: 'banner',
  to: '/products?sort=newest',
  from: null,
  until: null,
  texts: { en: { text: 'Winter glazes have come out of the kiln' }, de: { text: 'Die Winterglasuren sind aus dem Ofen' } },
}

const entry = (to: string, en: string, de: string) => ({ to, texts: { en: { label: en }, de: { label: de } } })

export const header: DocumentOf<'menu'> = { kind: 'menu', items: [entry('/pages/about', 'About us', 'Über uns')] }

export const footer: DocumentOf<'menu'> = {
  kind: 'menu',
  items: [
    entry('/pages/shipping', 'Shipping', 'Versand'),
    entry('/pages/returns', 'Returns', 'Rückgabe'),
    entry('/pages/terms', 'Terms', 'AGB'),
    entry('/pages/privacy', 'Privacy', 'Datenschutz'),
    entry('/pages/imprint', 'Imprint', 'Impressum'),
  ],
}
