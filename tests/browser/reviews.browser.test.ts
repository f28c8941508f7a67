import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from '../e2e/client.ts'
import { mailTo } from '../e2e/mailbox.ts'
import type { Shop } from '../e2e/shop.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { ofScripts, type Visitor, visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, employ, enterAdmin } from './staff-door.ts'

const password = 'a sentence is a good password'
let stage: ShopAndBrowser
let shop: Shop
let staff: Client
let browser: Browser
let productId: string

beforeAll(async () => {
  stage = await openShopAndBrowser(
    { cup: { title: 'Blue cup', price: 2000, units: 50 } },
    {
      settings: { DELIVERY_SIMULATED_DISPATCH_MS: '200', DELIVERY_SIMULATED_DELIVER_MS: '200' },
      pages: ['/', '/admin'],
      withinMs: 240_000,
    },
  )
  ;({ shop, staff, browser } = stage)
  productId = stage.products['cup']!
}, 400_000)
afterAll(async () => await stage?.close())

/** Somebody who has bought the cup, and whose parcel has arrived. */
async function buyer(email: string, fullName: string): Promise<Client> {
  expectStatus(await client(shop.url).post('/api/users/register', { email, password, fullName }), 201)
  const me = await signIn(shop.url, email, password)
  const order = { items: [{ sku: 'cup', quantity: 1 }], shippingAddress: address, paymentMethodId: 'tok_approve' }
  expectStatus(await me.post('/api/orders', order), 201)
  await eventually(async () => expect((await me.get(`/api/reviews/products/${productId}/mine`)).body.refused).toBeNull(), {
    timeoutMs: 60_000,
    everyMs: 200,
  })
  return me
}

async function enter(page: Page, email: string, to: string): Promise<void> {
  await page.goto(`/sign-in?to=${encodeURIComponent(to)}`)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).last().click()
  await page.waitForURL((url) => url.pathname === to)
}

const nothingRan = async ({ page }: Visitor) => expect(await page.evaluate('window.pwned')).toBeUndefined()

describe('a review', () => {
  it('S24: is written with a picture, waits, is approved and answered by staff, and read by everybody; nothing in it ever runs', async () => {
    await buyer('ada@example.com', 'Ada Lovelace')
    const ada = await visit(browser, shop.url)
    await enter(ada.page, 'ada@example.com', '/p/blue-cup')
    await ada.page.getByText('Nobody has written about it yet.').waitFor()
    await ada.page.getByRole('link', { name: 'Write a review' }).click()
    await ada.page.getByRole('heading', { name: 'Your review: Blue cup' }).waitFor()
    await ada.page.getByRole('radio', { name: '4 of 5 stars' }).check({ force: true })
    await ada.page.getByLabel('Headline').fill('Blue <img src=x onerror="window.pwned=1"> and round')
    await ada.page
      .getByLabel('What do you think of it?')
      .fill(
        'Holds tea. </p><script>window.pwned=1</script> &lt;img src=x onerror=window.pwned=1&gt; {{constructor}} "><svg onload=window.pwned=1>',
      )
    await ada.page.getByLabel('A good gift').check({ force: true })
    const png = await sharp({ create: { width: 300, height: 300, channels: 3, background: 'navy' } })
      .png()
      .toBuffer()
    await ada.page.getByLabel('Pictures').setInputFiles({ name: 'cup.png', mimeType: 'image/png', buffer: png })
    await ada.page.getByRole('button', { name: 'Send the review' }).click()
    await ada.page.getByText('We have a look at your review and then show it.').waitFor()
    const seen = await ada.page.getByRole('img', { name: 'Picture 1 by Ada L.' }).getAttribute('src')
    expect((await ada.page.request.get(seen!)).headers()['content-type']).toBe('image/webp')

    const clerk = await visit(browser, shop.url)
    await enterAdmin(clerk.page, shop.administrator)
    await clerk.page.getByRole('link', { name: 'Reviews', exact: true }).click()
    await clerk.page.getByText('html, first-review').waitFor()
    await clerk.page.getByRole('button', { name: 'Blue and round' }).click()
    const whole = clerk.page.getByRole('region', { name: 'The whole review' })
    await whole.getByText('&lt;img src=x onerror=window.pwned=1&gt;').waitFor()
    await nothingRan(clerk)
    await whole.getByRole('button', { name: 'Answer' }).click()
    await clerk.page.getByRole('dialog').getByLabel('Everybody reads it').fill('Thank you, <b>Ada</b>!')
    await clerk.page.getByRole('dialog').getByRole('button', { name: 'Answer' }).click()
    await whole.getByText('Souk: Thank you, Ada!').waitFor()
    await clerk.page.getByRole('button', { name: 'Approve' }).click()
    await clerk.page.getByText('Nothing waits for you.').waitFor()
    expect(ofScripts(clerk)).toEqual([])
    await clerk.close()

    const mail = await mailTo(client(shop.url), 'ada@example.com', 'Your review is online')
    expect(mail.text).toContain('/p/blue-cup')

    const reader = await visit(browser, shop.url, { javaScriptEnabled: false })
    await reader.page.goto('/p/blue-cup')
    await reader.page.getByText('Blue and round').waitFor()
    await reader.page.getByText('Answer from Souk').waitFor()
    await reader.page.getByText('1 review').first().waitFor()
    const facts = await reader.page.locator('script[type="application/ld+json"]').first().textContent()
    expect(JSON.parse(facts!).aggregateRating).toMatchObject({ ratingValue: 4, reviewCount: 1 })
    await reader.close()

    await ada.page.goto('/de/p/blue-cup')
    await ada.page.getByText('Das ist Ihre Bewertung.').waitFor()
    await nothingRan(ada)
    await ada.page.goto('/account/reviews')
    await ada.page.getByText('Blue and round').waitFor()
    expect(ofScripts(ada)).toEqual([])
    await ada.close()
  }, 120_000)

  it('is found by its stars, voted on and reported, without any script', async () => {
    const grace = await buyer('grace@example.com', 'Grace Hopper')
    const { id } = expectStatus(
      await grace.post('/api/reviews', { productId, stars: 2, text: 'The handle is too small for me.' }),
      201,
    ).body
    expectStatus(await staff.post(`/api/reviews/${id}/approve`), 200)

    const { page, close } = await visit(browser, shop.url, { javaScriptEnabled: false })
    await enter(page, 'ada@example.com', '/p/blue-cup')
    await page.getByLabel('Stars', { exact: true }).selectOption('2')
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText('The handle is too small for me.').waitFor()
    expect(await page.getByText('Blue and round').count()).toBe(0)
    await page.getByRole('button', { name: 'Yes (0)' }).click()
    await page.getByText('Thank you for your vote.').waitFor()
    await page.getByRole('button', { name: 'Yes (1)' }).waitFor()
    await page.getByText('Report', { exact: true }).click()
    await page.getByLabel('What is wrong with it?').selectOption('fake')
    await page.getByRole('button', { name: 'Send report' }).click()
    await page.getByText('We will have a look.').waitFor()
    const { items } = expectStatus(await staff.get('/api/reviews/queue?reported=true'), 200).body
    expect(items).toMatchObject([{ id, openReports: 1 }])
    await close()
  }, 90_000)

  it('gets a picture that waits for staff while its words stay, and puts stars on the cards of its product', async () => {
    const ada = await visit(browser, shop.url)
    await enter(ada.page, 'ada@example.com', '/p/blue-cup/review')
    const png = await sharp({ create: { width: 300, height: 300, channels: 3, background: 'teal' } })
      .png()
      .toBuffer()
    await ada.page.getByLabel('Pictures').setInputFiles({ name: 'again.png', mimeType: 'image/png', buffer: png })
    await ada.page.getByRole('button', { name: 'Save the review' }).click()
    await ada.page.getByText('Thank you! Your review is shown.').waitFor()
    await ada.page.goto('/p/blue-cup/review')
    await ada.page.getByText('Waits until we have looked at it').waitFor()
    await ada.close()

    const reader = await visit(browser, shop.url)
    await reader.page.goto('/p/blue-cup')
    await reader.page.getByText('Blue and round').waitFor()
    await reader.page.getByRole('img', { name: 'Picture 1 by Ada L.' }).waitFor()
    expect(await reader.page.getByRole('img', { name: 'Picture 2 by Ada L.' }).count()).toBe(0)

    const clerk = await visit(browser, shop.url)
    await enterAdmin(clerk.page, shop.administrator)
    await clerk.page.goto('/admin/reviews')
    await clerk.page.getByText('1 new picture').waitFor()
    await clerk.page.getByRole('button', { name: 'Blue and round' }).click()
    await clerk.page.getByText('new, not shown yet').waitFor()
    await clerk.page
      .getByRole('row', { name: /Blue and round/ })
      .getByRole('button', { name: 'Approve' })
      .click()
    await clerk.page.getByText('1 new picture').waitFor({ state: 'detached' })
    await clerk.close()
    await reader.page.reload()
    await reader.page.getByRole('img', { name: 'Picture 2 by Ada L.' }).waitFor()

    for (const path of ['/products', '/products?q=cup', '/de/products']) {
      await reader.page.goto(path)
      await reader.page.getByRole('img', { name: path.startsWith('/de') ? '3 von 5 Sternen' : '3 of 5 stars' }).waitFor()
    }
    expect(ofScripts(reader)).toEqual([])
    await reader.close()
  }, 120_000)

  it('is answered by who sells the product, where they find the reviews of their stall and nothing else', async () => {
    const seller = await employ(shop.url, staff, 'kiln@example.com', 'SELLER')
    const kim = await signIn(shop.url, seller.email, seller.password)
    const stall = expectStatus(await kim.post('/api/sellers', { name: 'Clay & Kiln' }), 201).body
    const kiln = await visit(browser, shop.url)
    await enterAdmin(kiln.page, seller)
    await kiln.page.getByRole('link', { name: 'Reviews of my stall' }).click()
    await kiln.page.getByText('Nobody has written about what you sell').waitFor()
    expect(await kiln.page.getByRole('link', { name: 'Reviews', exact: true }).count()).toBe(0)
    expectStatus(await staff.patch(`/api/products/${productId}`, { sellerId: stall.id }), 200)
    await kiln.page.reload()
    await kiln.page.getByRole('button', { name: 'The handle is too small' }).click()
    const whole = kiln.page.getByRole('region', { name: 'The whole review' })
    await answer(kiln.page, 'Answer', { 'Everybody reads it': 'The next ones have larger handles.' })
    await whole.getByText('Clay & Kiln: The next ones have larger handles.').waitFor()
    await kiln.page.getByRole('button', { name: 'Blue and round' }).click()
    await whole.getByText('only the shop changes that answer').waitFor()
    expect(await whole.getByRole('button', { name: /answer/i }).count()).toBe(0)
    expect(ofScripts(kiln)).toEqual([])
    await kiln.page.goto('/p/blue-cup')
    await kiln.page.getByText('Answer from Clay & Kiln').waitFor()
    await kiln.close()
  }, 120_000)

  it('is not written by somebody who did not buy, and a stranger cannot change one of others', async () => {
    expectStatus(await client(shop.url).post('/api/users/register', { email: 'eve@example.com', password, fullName: 'Eve' }), 201)
    const { page, close } = await visit(browser, shop.url)
    await enter(page, 'eve@example.com', '/p/blue-cup')
    await page.getByText('Reviews are written by those who bought the product here.').waitFor()
    await page.goto('/p/blue-cup/review')
    await page.getByText('Reviews are written by those who bought the product here.').waitFor()
    expect(await page.getByRole('button', { name: 'Send the review' }).count()).toBe(0)
    await close()
    const eve = await signIn(shop.url, 'eve@example.com', password)
    const { items } = expectStatus(await eve.get(`/api/reviews?productId=${productId}`), 200).body
    expect((await eve.patch(`/api/reviews/${items[0].id}`, { stars: 1 })).body.code).toBe('reviews/not-yours')
  }, 60_000)

  it('waits for staff when it has a word they do not want, and has the tags they offer, until they take both back', async () => {
    const clerk = await visit(browser, shop.url)
    const { page } = clerk
    await enterAdmin(page, shop.administrator)
    await page.goto('/admin/reviews')
    await page.getByRole('link', { name: 'Rules' }).click()
    await page.getByText('No word does.').waitFor()
    await answer(page, 'Add a word', { 'Word, or several in a row': 'Rübezahl' })
    await page.getByRole('cell', { name: 'rubezahl' }).waitFor()
    await page.getByRole('button', { name: 'Add a tag' }).click()
    const question = page.getByRole('dialog', { name: 'Add a tag' })
    await question.getByLabel('Key').fill('dishwasher')
    await question.getByRole('button', { name: 'Add a tag' }).click()
    await question.getByText('A tag needs a name in one language at least.').waitFor()
    await question.getByLabel('English').fill('Dishwasher-proof')
    await question.getByLabel('German').fill('Spülmaschinenfest')
    await question.getByRole('button', { name: 'Add a tag' }).click()
    await page.getByRole('row', { name: 'Dishwasher-proof' }).waitFor()

    const ida = await buyer('ida@example.com', 'Ida Rhodes')
    const author = await visit(browser, shop.url)
    await enter(author.page, 'ida@example.com', '/p/blue-cup/review')
    await author.page.getByLabel('Dishwasher-proof').waitFor({ state: 'attached' })
    await author.page.goto('/de/p/blue-cup/review')
    await author.page.getByLabel('Spülmaschinenfest').waitFor({ state: 'attached' })
    await author.close()
    const review = { productId, stars: 5, text: 'Blue as the mountains of RÜBEZAHL!', tags: ['dishwasher'] }
    expectStatus(await ida.post('/api/reviews', review), 201)
    const waiting = async () => expectStatus(await staff.get('/api/reviews/queue?state=pending'), 200).body.items
    expect(await waiting()).toMatchObject([{ tags: ['dishwasher'], reasons: expect.arrayContaining(['words']) }])

    const tag = page.getByRole('row', { name: 'Dishwasher-proof' })
    await answer(page, 'Remove', {}, tag)
    await tag.waitFor({ state: 'detached' })
    await answer(page, 'Remove', {}, page.getByRole('row', { name: 'rubezahl' }))
    await page.getByText('No word does.').waitFor()
    expect(await waiting()).toMatchObject([{ tags: [] }])
    expect(ofScripts(clerk)).toEqual([])
    await clerk.close()
  }, 120_000)

  it('is decided about by support, who see neither those words nor what they could change of them', async () => {
    const { page, close } = await visit(browser, shop.url)
    const asked: string[] = []
    page.on('request', (request) => {
      if (request.url().includes('/api/reviews/words')) asked.push(request.url())
    })
    await enterAdmin(page, await employ(shop.url, staff, 'support@example.com', 'SUPPORT'))
    await page.goto('/admin/reviews?part=rules')
    await page.getByRole('table', { name: 'Reviews' }).waitFor()
    expect(await page.getByRole('link', { name: 'Rules' }).count()).toBe(0)
    expect(asked).toEqual([])
    await close()
    const support = await signIn(shop.url, 'support@example.com', password)
    expect((await support.get('/api/reviews/words')).status).toBe(403)
    expect((await support.post('/api/reviews/words', { word: 'cup' })).status).toBe(403)
    expect((await support.delete('/api/reviews/tags/good-gift')).status).toBe(403)
  }, 60_000)

  it('moves its product up in searches by stars, and breaks no rule', async () => {
    await eventually(
      async () => {
        const { body } = expectStatus(await client(shop.url).get('/api/search?q=cup&rating=3'), 200)
        expect(body.items.map(({ title }: { title: string }) => title)).toEqual(['Blue cup'])
      },
      { timeoutMs: 20_000, everyMs: 200 },
    )
    expect(await shop.command('invariants')).toMatchObject({ code: 0 })
  }, 60_000)
})
