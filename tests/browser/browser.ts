import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const PLACES = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where this machine has a Chromium; CHROMIUM_PATH names another one. */
export function chromiumPath(): string {
  const found = PLACES.find((path) => path !== undefined && existsSync(path))
  if (found) return found
  throw new Error('These tests need Chromium: install it (Debian: apt-get install chromium), or name it in CHROMIUM_PATH.')
}

export const openBrowser = (more: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })

export interface Visitor {
  readonly page: Page
  /** what the browser complained about: errors of scripts, refusals of the content policy */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

/** Errors of scripts and refusals of the content policy: a busy machine that answers late is another matter. */
export const ofScripts = ({ complaints }: Pick<Visitor, 'complaints'>): string[] =>
  complaints.filter((one) => !/status of (408|503)/.test(one))

/** A person with a browser of their own. */
export async function visit(browser: Browser, baseURL: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 900 }, ...options })
  context.setDefaultTimeout(40_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (402|403|404|409)/.test(message.text()))
      complaints.push(`${message.text()} ${message.location().url}`)
  })
  return { page, complaints, close: () => context.close() }
}

/** Fills the checkout of a guest as far as the button. */
export async function fillCheckout(page: Page, email = 'ada@example.com'): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace')
  await page.getByLabel('Street and number').fill('Hauptstr. 1')
  await page.getByLabel('Postcode').fill('10115')
  await page.getByLabel('Town').fill('Berlin')
}

/** A port nobody listens on: for a browser to be reached by, or a shop that has to know its address before it is open. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
