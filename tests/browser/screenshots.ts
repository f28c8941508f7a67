/**
 * `npm run screenshots [-- FOLDER] [--only NAME]`: every page of the demo shop at the width of a desk and of a telephone, light and dark, as small WebP
 * pictures. To be looked at; the best few are in docs/pictures.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { openBrowser } from './browser.ts'
import { goTo, openDemo, openVisit } from './demo-pages.ts'
import { VISITORS } from './page-list.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '' }, png: { type: 'boolean', default: false } },
})
const folder = resolve(positionals[0] ?? '.souk/screenshots')
const WIDTHS = { desk: 1440, phone: 390 } as const
const COLOURS = ['light', 'dark'] as const
const PICTURES = `Promise.all([...document.images].map((image) => {
  image.loading = 'eager'
  return image.complete || new Promise((done) => { image.onload = image.onerror = done })
}))`

await mkdir(folder, { recursive: true })
const [demo, browser] = await Promise.all([openDemo(), openBrowser()])
try {
  for (const [device, width] of Object.entries(WIDTHS)) {
    for (const colorScheme of COLOURS) {
      for (const as of VISITORS) {
        const pages = demo.pages.filter((each) => each.as === as && each.name.includes(values.only))
        if (pages.length === 0) continue
        const viewport = { width, height: device === 'desk' ? 900 : 844 }
        const { page, close } = await openVisit(browser, demo, as, { viewport, colorScheme, reducedMotion: 'reduce' })
        for (const one of pages) {
          await goTo(page, one)
          const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
          if (wide) console.error(`${one.name} is wider than ${width} px`)
          // pictures further down load when they come near
          await page.evaluate(PICTURES)
          const shot = await page.screenshot({ fullPage: true, animations: 'disabled' })
          const name = `${one.name}-${device}-${colorScheme}.${values.png ? 'png' : 'webp'}`
          await writeFile(join(folder, name), values.png ? shot : await sharp(shot).webp({ quality: 60 }).toBuffer())
          console.log(name)
        }
        await close()
      }
    }
  }
} finally {
  await browser.close()
  await demo.shop.remove()
}
