/**
 * `npm run audit:pages [-- --json]`: the demo shop in Chromium, one line a page. Accessibility by axe on every page; Lighthouse as on a telephone
 * (slow processor, slow line, both simulated) on those that people come in by. What else the machine does disturbs Lighthouse, so the best of three
 * tries counts. Ends with 1 when a page misses what it has to reach.
 */
import { parseArgs } from 'node:util'
import lighthouse from 'lighthouse'
import type { Browser } from 'playwright-core'
import { violationsOf } from './axe.ts'
import { freePort, openBrowser } from './browser.ts'
import { type DemoPage, type DemoVisitors, openContext, openDemo } from './demo-pages.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const ENTRANCES = new Set(['home', 'list', 'product', 'cart'])
const LEAST = 95
const MOST_JS_KILOBYTES = 100
const TRIES = 3

/** One page; the scores are those of Lighthouse, 0–100, or null where it did not look. */
interface Audit {
  readonly page: string
  readonly performance: number | null
  readonly accessibility: number | null
  readonly bestPractices: number | null
  readonly seo: number | null
  readonly axeViolations: number
  /** all scripts of the page, as they are sent, without headers; 1,024 bytes each */
  readonly jsKilobytes: number
  readonly lcpMs: number | null
}

type Scores = Pick<Audit, 'performance' | 'accessibility' | 'bestPractices' | 'seo' | 'lcpMs'>
const NOT_LOOKED_AT: Scores = { performance: null, accessibility: null, bestPractices: null, seo: null, lcpMs: null }

async function tryLighthouse(url: string, port: number, cookie: string): Promise<Scores & { misses: string[] }> {
  const run = await lighthouse(url, {
    port,
    output: 'json',
    logLevel: 'error',
    onlyCategories: ['performance', 'accessibility', 'best-practices', 'seo'],
    extraHeaders: { Cookie: cookie },
  })
  if (!run) throw new Error(`Lighthouse said nothing about ${url}`)
  const { categories, audits } = run.lhr
  const score = (name: string) => Math.round((categories[name]?.score ?? 0) * 100)
  const failed = Object.values(categories).flatMap(({ auditRefs }) =>
    auditRefs.filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 0.9).map(({ id }) => id),
  )
  return {
    performance: score('performance'),
    accessibility: score('accessibility'),
    bestPractices: score('best-practices'),
    seo: score('seo'),
    lcpMs: Math.round(audits['largest-contentful-paint']?.numericValue ?? 0),
    misses: failed.map((id) => `${id}: ${audits[id]?.displayValue ?? audits[id]?.title}`),
  }
}

async function bestOf(url: string, port: number, cookie: string): Promise<Scores & { misses: string[] }> {
  let best = await tryLighthouse(url, port, cookie)
  for (let tries = 1; tries < TRIES && (best.performance ?? 0) < LEAST; tries++) {
    const next = await tryLighthouse(url, port, cookie)
    if ((next.performance ?? 0) > (best.performance ?? 0)) best = next
  }
  return best
}

async function audit(
  browser: Browser,
  port: number,
  demo: DemoVisitors,
  one: DemoPage,
): Promise<{ audit: Audit; reasons: string[] }> {
  const context = await openContext(browser, demo, one.as, { viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const answer = await page.goto(one.path, { waitUntil: 'networkidle' })
  if (!answer || answer.status() >= 500) throw new Error(`${one.path} answered ${answer?.status()}: ${await answer?.text()}`)
  const scripts = (await page.evaluate(
    `performance.getEntriesByType('resource').filter(({ name }) => name.split('?')[0].endsWith('.js')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
  )) as number
  const violations = await violationsOf(page)
  await context.close()
  const { misses, ...scores } = ENTRANCES.has(one.name)
    ? await bestOf(demo.shop.url + one.path, port, demo.cookies[one.as])
    : { ...NOT_LOOKED_AT, misses: [] }
  return {
    audit: {
      page: one.name,
      ...scores,
      axeViolations: violations.length,
      jsKilobytes: Math.round(scripts / 102.4) / 10,
    },
    reasons: [...violations, ...misses],
  }
}

const fails = ({ page, performance, accessibility, bestPractices, seo, axeViolations, jsKilobytes }: Audit): boolean =>
  axeViolations > 0 ||
  [performance, accessibility, bestPractices, seo].some((score) => score !== null && score < LEAST) ||
  (page === 'home' && jsKilobytes > MOST_JS_KILOBYTES)

const port = await freePort()
const [demo, browser] = await Promise.all([openDemo(), openBrowser([`--remote-debugging-port=${port}`])])
try {
  for (const one of demo.pages) {
    const { audit: line, reasons } = await audit(browser, port, demo, one)
    if (values.json) console.log(JSON.stringify(line))
    else
      console.log(
        Object.entries(line)
          .map(([key, value]) => `${key} ${value}`)
          .join('  '),
      )
    if (fails(line)) {
      process.exitCode = 1
      for (const reason of reasons) console.error(`  ${reason}`)
    }
  }
} finally {
  await browser.close()
  await demo.shop.remove()
}
