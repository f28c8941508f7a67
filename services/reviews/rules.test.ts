import { describe, expect, it } from 'vitest'
import { type Circumstances, judge } from './rules.ts'
import { clean, cleanLine, foldWords, publicName } from './words.ts'

const trusted: Circumstances = { forbidden: [], published: 3, copied: false, rejectedBefore: false, staffOnly: false }
const of = (text: string, around: Partial<Circumstances> = {}, title = '') =>
  judge({ title, text, name: 'Anna M.', html: clean(text).html }, { ...trusted, ...around })

describe('what staff should look at first', () => {
  it('is not an ordinary review, with prices, sizes and a heart', () => {
    expect(of('I <3 this mug! 12 cm high, cost me 19.95 € and holds 0.35 l. Ordered on 3.11.2025, here on 5.11.')).toEqual([])
    expect(of('I love it.It holds 0.35 l.So good that we bought two. Auf den Punkt genau!')).toEqual([])
    expect(of('I love it.It holds 0.35 l.So good that we bought two. Auf den Punkt genau!')).toEqual([])
    expect(of('Schöne Tasse. Für 4-6 Personen reicht das Set; 100 % Baumwolle wäre mir lieber, aber gut.')).toEqual([])
  })

  it.each([
    ['Buy it cheaper at https://cheap.example/mugs', 'links'],
    ['Cheaper at www.cheap-mugs.example', 'links'],
    ['Look at cheapmugs.shop for the same thing', 'links'],
    ['Join t.me/cheapmugs', 'links'],
    ['Half the price: cheapmugs.xyz', 'links'],
    ['Half the price: mugs.top/now', 'links'],
    ['Go to cheapmugs dot com', 'links'],
    ['Go to cheapmugs (dot) net', 'links'],
    ['Go to cheapmugs [.] whatever', 'links'],
    ['Geh auf billigetassen Punkt de', 'links'],
    ['Join t.me/cheapmugs', 'links'],
    ['Half the price: cheapmugs.xyz', 'links'],
    ['Half the price: mugs.top/now', 'links'],
    ['Go to cheapmugs dot com', 'links'],
    ['Go to cheapmugs (dot) net', 'links'],
    ['Go to cheapmugs [.] whatever', 'links'],
    ['Geh auf billigetassen Punkt de', 'links'],
    ['Write to me: anna@example.org', 'contact'],
    ['Call me on +49 (151) 234 567 89, I have more of them', 'contact'],
    ['THIS IS THE BEST MUG I HAVE EVER SEEN ANYWHERE', 'shouting'],
    ['What is this?!?!?!?!', 'shouting'],
    ['It is sooooooooo good', 'repetition'],
    ['good good good mug good good good mug good good', 'repetition'],
    ['Nice <a href="//evil">mug</a>', 'html'],
  ])('%s: %s', (text, reason) => {
    expect(of(text)).toContain(reason)
  })

  it('is a word the shop does not want, however it is written', () => {
    const forbidden = ['scam', 'click here']
    for (const text of ['A scam!', 'such a SCÄM', 'total sc4m', 's c a m, all of it', 'now click, here: nothing'])
      expect(of(text, { forbidden })).toEqual(['words'])
    expect(of('We went to Scampi Bay and drank from it', { forbidden })).toEqual([])
  })

  it('is the first review of an account, a copy, one that was rejected before, and everything where the shop says so', () => {
    expect(of('A good mug', { published: 0 })).toEqual(['first-review'])
    expect(of('A good mug', { copied: true })).toEqual(['copied'])
    expect(of('A good mug', { rejectedBefore: true })).toEqual(['rejected-before'])
    expect(of('A good mug', { staffOnly: true })).toEqual(['staff-only'])
  })
})

describe('words as they are kept', () => {
  it('have no tags, not even those that appear when others are taken out', () => {
    expect(clean('<b>bold</b> <script>alert(1)</script> 1 < 2 > 0')).toEqual({ text: 'bold alert(1) 1 < 2 > 0', html: true })
    expect(clean('<<b>script>alert(1)<</b>/script>').text).not.toMatch(/<\/?[a-z]/i)
    expect(clean('<img src=x onerror=alert(1)').text).toBe('')
    expect(clean('price < 40 € and I <3 it')).toEqual({ text: 'price < 40 € and I <3 it', html: false })
  })

  it('hide nothing: invisible characters and those that turn the line round go, emojis stay whole', () => {
    expect(clean('good\u202Edab\u200B 👩\u200D🌾').text).toBe('gooddab 👩\u200D🌾')
    expect(clean('one\r\n\r\n\r\n\r\ntwo\t!').text).toBe('one\n\ntwo !')
    expect(cleanLine('one\ntwo').text).toBe('one two')
  })

  it('are taken apart in a moment, however long and crooked they are', () => {
    expect(clean('<a'.repeat(2500)).text.length).toBeLessThan(5000)
    expect(of('1 '.repeat(2500))).toContain('repetition')
  })

  it('are compared without capitals, accents and digits for letters', () => {
    expect(foldWords('Größe L3tzte, Café!')).toEqual(['grosse', 'letzte', 'cafe'])
  })
})

it('somebody is called by the first name and a letter', () => {
  expect(publicName('Anna Katharina Muster')).toBe('Anna M.')
  expect(publicName('  Cher ')).toBe('Cher')
  expect(publicName('<b>Eve</b> östlund')).toBe('Eve Ö.')
})
