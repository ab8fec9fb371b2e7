import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { junit } from '../../../chaos/report/junit.ts'
import { renderReport } from '../../../chaos/report/report.ts'
import { until } from '../../fixtures/app.ts'
import { findChromium } from './chromium.ts'
import { sample } from './sample.ts'

const executablePath = findChromium()
const skip = executablePath === undefined && 'no Chromium on this machine; CHROMIUM_PATH can name one'

t.test('the report in a browser', { skip }, async (t) => {
  const { journal, history } = sample()
  const file = join(t.testdir({}), 'report.html')
  writeFileSync(file, renderReport(journal, history))
  const browser = await chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  const open = (t: Test, options: Parameters<Browser['newContext']>[0]) => openReport(t, browser, file, options)

  const { page, load, requests, complaints } = await open(t, {})

  await t.test('it loads nothing, breaks no policy, and draws', async (t) => {
    t.strictSame(requests, [pathToFileURL(file).href])
    t.strictSame(complaints, [])
    t.strictSame(await ask(page, 'probe.violations'), [])
    const canvases = await ask<number[][]>(page, 'probe.inks()')
    t.equal(canvases.length, 4, 'two charts for each of the two scenarios that ran')
    for (const counts of canvases.slice(2)) {
      for (const [i, pixels] of counts.entries()) t.ok(pixels > 15, `outcome ${i} is drawn: ${pixels} pixels`)
    }
  })

  await t.test('it tells the numbers, and which scenario failed', async (t) => {
    t.match(await page.title(), /^✗ 2 claims broken/)
    const banner = page.getByRole('banner')
    t.equal(await banner.getByText('2 claims broken').isVisible(), true)
    t.equal(await banner.getByText('users logged out wrongly: 37').isVisible(), true)
    t.match(await banner.innerText(), /operations\s+19,500/)
    t.match(await page.getByRole('heading', { level: 2, name: /^redis-kill/ }).innerText(), /✗\s*failed/)
    t.match(await page.getByRole('heading', { level: 2, name: /^zombie-db/ }).innerText(), /✓\s*passed/)
    t.equal(await page.getByRole('row', { name: /redis-kill.*failed.*late/ }).count(), 1)
    t.ok((await page.getByRole('columnheader').count()) > 20, 'tables have header cells')
  })

  await t.test('links lead to the scenarios and back', async (t) => {
    await page.getByRole('table').first().getByRole('link', { name: 'redis-kill' }).click()
    const section = page.getByRole('region', { name: /^redis-kill/ })
    const top = async () => (await section.boundingBox())?.y ?? Number.NaN
    t.ok(Math.abs(await top()) < 40, 'the section is at the top of the window')
    await section.getByRole('link', { name: 'Back to all scenarios' }).click()
    t.equal(new URL(page.url()).hash, '#overview')
    t.ok((await top()) > 900)
  })

  await t.test('it can be used with the keyboard', async (t) => {
    await load()
    await page.keyboard.press('Tab')
    t.equal(await ask(page, 'document.activeElement.getAttribute("href")'), '#scenario-redis-kill')
    t.equal(await page.locator('.scroll[tabindex="0"]').count(), 0, 'no table needs to be scrolled')
    const violation = page.getByText('5a31f0 refused')
    t.equal(await violation.isVisible(), false)
    await page.locator('summary', { hasText: '37 violations' }).focus()
    await page.keyboard.press('Enter')
    t.equal(await violation.isVisible(), true)
    const slider = page.getByRole('slider').last()
    await slider.focus()
    await page.keyboard.press('ArrowRight')
    t.match(await slider.getAttribute('aria-valuetext'), /^0\.25 seconds: OK \d+ per second/)
  })

  await t.test('the moment that is pointed at is read in both charts', async (t) => {
    await load()
    const timeline = page.getByRole('figure').last()
    const moment = timeline.getByRole('columnheader').first()
    t.equal(await moment.innerText(), 'Whole scenario')
    await timeline.locator('.plot.rate').hover()
    t.match(await moment.innerText(), /^\d+\.\d\d to \d+\.\d\d s$/)
    t.equal(await timeline.locator('.hair').isVisible(), true)
    for (const plot of ['.rate', '.latency']) t.ok((await timeline.locator(`${plot} .u-cursor-pt:visible`).count()) > 0)
    await page.mouse.move(0, 0)
    t.equal(await moment.innerText(), 'Whole scenario')
  })

  await t.test('on a phone the page does not scroll sideways', async (t) => {
    const { page } = await open(t, { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true })
    for (const summary of await page.locator('summary').all()) await summary.click()
    t.strictSame(await ask(page, 'probe.widths()'), { page: 360, window: 360 })
    t.ok((await page.locator('.scroll[tabindex="0"]').count()) > 0, 'tables scroll by themselves, and by keyboard')
    const canvases = await ask<number[][]>(page, 'probe.inks()')
    for (const [ok = 0] of canvases) t.ok(ok > 100)
  })

  await t.test('every text is legible, in light and in dark', async (t) => {
    const grounds = new Set<string>()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await load()
      for (const summary of await page.locator('summary').all()) await summary.click()
      grounds.add(await ask(page, 'getComputedStyle(document.documentElement).backgroundColor'))
      const texts = await ask<{ text: string; ratio: number }[]>(page, 'probe.contrasts()')
      t.ok(texts.length > 300)
      t.strictSame(
        texts.filter(({ ratio }) => !(ratio >= 4.5)),
        [],
        colorScheme,
      )
    }
    t.equal(grounds.size, 2)
  })

  await t.test('the charts follow a change of the scheme, and paper is light with everything open', async (t) => {
    await page.emulateMedia({ colorScheme: 'light' })
    await load()
    await page.emulateMedia({ colorScheme: 'dark' })
    await until(async () => (await ask<number[][]>(page, 'probe.inks()')).every(([dark = 0]) => dark > 100))
    t.ok((await page.pdf({ format: 'A4' })).length > 50_000)
    const folded = () => page.locator('details:not([open])').count()
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    t.equal(await folded(), 0)
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    t.ok((await folded()) > 0, 'and as it was after that')
  })

  await t.test('its JUnit file is well-formed to a real parser too', async (t) => {
    const parsed = `new DOMParser().parseFromString(${JSON.stringify(junit(journal))}, 'application/xml')`
    t.equal(await ask(page, `${parsed}.querySelectorAll('parsererror').length`), 0)
    t.equal(await ask(page, `${parsed}.querySelectorAll('testcase').length`), 19)
  })
})

async function openReport(t: Test, browser: Browser, file: string, options: Parameters<Browser['newContext']>[0]) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  t.teardown(() => context.close())
  await context.setOffline(true)
  await context.addInitScript({ path: join(import.meta.dirname, 'probe.js') })
  const page = await context.newPage()
  const requests: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => void (request.url().startsWith('data:') || requests.push(request.url())))
  page.on('console', (message) => void complaints.push(message.text()))
  page.on('pageerror', (error) => void complaints.push(error.message))
  // Anew, as it is when it is opened: nothing of it is kept.
  const load = async (): Promise<void> => {
    await page.goto('about:blank')
    await page.goto(pathToFileURL(file).href)
  }
  await load()
  return { page, load, requests, complaints }
}

/** What an expression is in the page; it is text, because our types know no browser. */
async function ask<T>(page: Page, expression: string): Promise<T> {
  return (await page.evaluate(expression)) as T
}
