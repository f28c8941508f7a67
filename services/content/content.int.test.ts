import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { service } from './service.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { startService, type TestService, testUser } from '#kit/testing/service.ts'

let content: TestService
const editor = testUser('018f0000-0000-7000-8000-000000000001', ['content:write'], ['CATALOG'])
beforeAll(async () => {
  content = await startService(service)
})
afterAll(() => content.close())

const page = (title: string, body = 'Words.', more: object = {}) => ({
  kind: 'page',
  texts: { en: { title, description: '', body }, ...more },
})
const as = { as: editor }
const write = (slug: string, document: object) =>
  content.request('POST', '/api/content/entries', { ...as, body: { slug, document } })
const act = (id: string, what: string, version?: number) =>
  content.request('POST', `/api/content/entries/${id}/${what}`, {
    ...as,
    ...(version === undefined ? {} : { headers: { 'if-match': `"${version}"` } }),
  })
const read = (path: string) => content.request('GET', `/api/content/${path}`)
async function published(slug: string, document: object) {
  const created = await write(slug, document)
  expect(created.status).toBe(201)
  expect((await act(created.body.id, 'publish')).status).toBe(200)
  return created.body.id as string
}

describe('a page', () => {
  test('is seen by nobody until it is published, and changes only when it is published again', async () => {
    const { body } = await write('hours', page('Hours', 'From **nine**.'))
    expect(body).toMatchObject({ state: 'draft', version: 1, published: null })
    expect((await read('pages/hours')).status).toBe(404)
    expect((await act(body.id, 'publish', 1)).body).toMatchObject({ state: 'published', version: 2 })
    expect((await read('pages/hours')).body).toEqual({
      slug: 'hours',
      title: 'Hours',
      description: '',
      html: '<p>From <strong>nine</strong>.</p>',
    })
    const changed = await content.request('PUT', `/api/content/entries/${body.id}`, {
      ...as,
      body: { slug: 'hours', document: page('Hours', 'From ten.') },
      headers: { 'if-match': '"2"' },
    })
    expect(changed.body).toMatchObject({ state: 'changed', version: 3 })
    expect((await read('pages/hours')).body.html).toContain('nine')
    await act(body.id, 'publish', 3)
    expect((await read('pages/hours')).body.html).toContain('ten')
    await act(body.id, 'withdraw')
    expect((await read('pages/hours')).status).toBe(404)
  })

  test('keeps its address until it is published under another one; nobody else gets that address meanwhile', async () => {
    const id = await published('imprint', page('Imprint'))
    const renamed = await content.request('PUT', `/api/content/entries/${id}`, {
      ...as,
      body: { slug: 'legal', document: page('Legal') },
    })
    expect(renamed.body).toMatchObject({ state: 'changed', slug: 'legal' })
    expect((await read('pages/imprint')).body).toMatchObject({ slug: 'imprint', title: 'Imprint' })
    expect((await read('pages/legal')).status).toBe(404)
    const listed = (await read('pages')).body.items.map(({ slug }: { slug: string }) => slug)
    expect([listed.includes('imprint'), listed.includes('legal')]).toEqual([true, false])
    const other = await write('imprint', page('Mine'))
    expect(await act(other.body.id, 'publish')).toMatchObject({ status: 409, body: { code: 'content/slug-taken' } })
    await act(id, 'publish')
    expect([(await read('pages/imprint')).status, (await read('pages/legal')).status]).toEqual([404, 200])
    expect((await act(other.body.id, 'publish')).status).toBe(200)
  })

  test('that two people change at once is changed by the first; the second is told', async () => {
    const { body } = await write('twice', page('Twice'))
    const change = (title: string) =>
      content.request('PUT', `/api/content/entries/${body.id}`, {
        ...as,
        body: { slug: 'twice', document: page(title) },
        headers: { 'if-match': '"1"' },
      })
    const answers = await Promise.all([change('One'), change('Other')])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412])
    expect((await act(body.id, 'publish', 1)).status).toBe(412)
    const gone = await content.request('DELETE', `/api/content/entries/${body.id}`, { ...as, headers: { 'if-match': '"1"' } })
    expect(gone.status).toBe(412)
  })

  test('speaks the language of the reader, or English', async () => {
    await published('lamps', page('Lamps', 'x', { de: { title: 'Lampen', description: '', body: 'x' } }))
    const title = async (locale: string) => (await content.request('GET', `/api/content/pages/lamps?locale=${locale}`)).body.title
    expect([await title('en'), await title('de')]).toEqual(['Lamps', 'Lampen'])
    expect((await content.request('GET', '/api/content/pages')).body.items).toContainEqual(
      expect.objectContaining({ slug: 'lamps', title: 'Lamps' }),
    )
    expect(await write('nur-deutsch', { kind: 'page', texts: { de: { title: 'x', description: '', body: '' } } })).toMatchObject({
      status: 422,
      body: { code: 'content/no-default-language' },
    })
  })

  test('runs nothing that somebody wrote into it', async () => {
    await published('evil', page('<b>Evil</b>', '<script>alert(1)</script>\n\n[x](javascript:alert(1))'))
    const { html } = (await read('pages/evil')).body
    expect(html).not.toContain('<script')
    expect(html).not.toContain('javascript:')
  })

  test('has an address of its own', async () => {
    await write('taken', page('One'))
    expect(await write('taken', page('Two'))).toMatchObject({ status: 409, body: { code: 'content/slug-taken' } })
    expect((await write('Not An Address', page('Three'))).status).toBe(400)
  })

  test('is sent again only to who does not have it', async () => {
    await published('kept', page('Kept'))
    const first = await read('pages/kept')
    const etag = String(first.headers['etag'])
    expect(etag).not.toBe('undefined')
    const again = await content.request('GET', '/api/content/pages/kept', { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
  })
})

describe('a draft', () => {
  test('can be looked at with a link, for an hour, and with no other', async () => {
    const id = await published('news', page('News', 'Old.'))
    await content.request('PUT', `/api/content/entries/${id}`, {
      ...as,
      body: { slug: 'news', document: page('News', 'Fresh.') },
    })
    const { token } = (await act(id, 'preview')).body
    const seen = await read(`pages/news?preview=${token}`)
    expect(seen.body.html).toContain('Fresh')
    expect(seen.headers['cache-control']).toContain('no-store')
    expect((await read('pages/news')).body.html).toContain('Old')
    const other = (await write('secret', page('Secret'))).body.id
    expect((await read(`pages/secret?preview=${token}`)).status).toBe(404)
    const [, until, mark] = token.split('.')
    expect((await read(`pages/secret?preview=${other}.${until}.${mark}`)).status).toBe(404)
    expect((await read(`pages/news?preview=${id}.${Number(until) + 9999}.${mark}`)).status).toBe(404)
    expect((await read(`home?preview=${token}`)).status).toBe(404)
  })
})

describe('the home page', () => {
  test('is one, of sections; without one clients show their own', async () => {
    expect((await read('home')).body).toEqual({ sections: [] })
    const texts = { en: { title: 'Lamps' }, de: { title: 'Lampen' } }
    const id = await published('anything', {
      kind: 'home',
      sections: [
        { type: 'products', category: 'lamps', sort: 'newest', limit: 4, texts },
        { type: 'text', texts: { en: { title: 'Hello', body: '*there*' } } },
        { type: 'recommended' },
      ],
    })
    const { sections } = (await read('home')).body
    expect(sections.map(({ type, title }: { type: string; title: string }) => [type, title])).toEqual([
      ['products', 'Lamps'],
      ['text', 'Hello'],
      ['recommended', null],
    ])
    expect(sections[1].html).toBe('<p><em>there</em></p>')
    expect((await write('second', { kind: 'home', sections: [] })).status).toBe(409)
    const kind = await content.request('PUT', `/api/content/entries/${id}`, {
      ...as,
      body: { slug: 'home', document: page('No') },
    })
    expect(kind).toMatchObject({ status: 422, body: { code: 'content/other-kind' } })
  })
})

describe('around every page', () => {
  const banner = (text: string, from: string | null, until: string | null) => ({
    kind: 'banner',
    to: '/products',
    from,
    until,
    texts: { en: { text } },
  })
  const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString()

  test('banners are up in their time, menus by name', async () => {
    await published('now', banner('Open', hours(-1), hours(1)))
    await published('over', banner('Was open', hours(-2), hours(-1)))
    await published('soon', banner('Will be open', hours(1), null))
    await published('footer', { kind: 'menu', items: [{ to: '/pages/kept', texts: { en: { label: 'Kept' } } }] })
    expect((await read('frame')).body).toEqual({
      banners: [{ key: 'now', to: '/products', text: 'Open' }],
      menus: [{ key: 'footer', items: [{ to: '/pages/kept', label: 'Kept' }] }],
    })
  })

  test('a banner comes down by itself, though its answer is kept', async () => {
    await published('brief', banner('Only a moment', null, new Date(Date.now() + 1_200).toISOString()))
    const shown = async () => (await read('frame')).body.banners.map(({ key }: { key: string }) => key)
    expect(await shown()).toContain('brief')
    await eventually(async () => expect(await shown()).not.toContain('brief'), { timeoutMs: 6_000, everyMs: 100 })
    expect(await write('backwards', banner('x', hours(1), hours(0)))).toMatchObject({
      status: 422,
      body: { code: 'content/ends-before-it-begins' },
    })
  })

  test.each(['javascript:alert(1)', '//evil.example', '/\\evil.example', 'http://evil.example', 'data:text/html,x'])(
    'no link leads to %s',
    async (to) => {
      expect((await write('link', { kind: 'menu', items: [{ to, texts: { en: { label: 'x' } } }] })).status).toBe(400)
    },
  )
})

test('who may not write neither sees drafts nor changes anything', async () => {
  const { body } = await write('private', page('Private'))
  const customer = testUser('018f0000-0000-7000-8000-000000000002')
  for (const [method, path] of [
    ['GET', '/api/content/entries'],
    ['GET', `/api/content/entries/${body.id}`],
    ['POST', '/api/content/entries'],
    ['PUT', `/api/content/entries/${body.id}`],
    ['POST', `/api/content/entries/${body.id}/publish`],
    ['POST', `/api/content/entries/${body.id}/withdraw`],
    ['POST', `/api/content/entries/${body.id}/preview`],
    ['DELETE', `/api/content/entries/${body.id}`],
  ] as const)
    expect([path, (await content.request(method, path, { as: customer })).status]).toEqual([path, 403])
})

test('the demo shop has a home page, menus and all the pages they lead to, in English and German', async () => {
  const shop = await startService(service)
  await shop.running.seed()
  const { menus, banners } = (await shop.request('GET', '/api/content/frame')).body
  expect(banners).toHaveLength(1)
  const links = menus.flatMap(({ items }: { items: { to: string }[] }) => items.map(({ to }) => to))
  expect(links.length).toBeGreaterThan(5)
  for (const to of links)
    expect([to, (await shop.request('GET', to.replace('/pages/', '/api/content/pages/'))).status]).toEqual([to, 200])
  expect((await shop.request('GET', '/api/content/home')).body.sections.length).toBeGreaterThan(4)
  // once more changes nothing
  await shop.running.seed()
  await shop.close()
})
