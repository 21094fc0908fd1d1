// look.mjs URL SCREENSHOT LANGUAGES: a page at 320x568, light and dark, as JSON lines: how
// wide it is, where its lowest answer ends, and what axe finds.
import { chromium } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const [url, shot, languages] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'],
});
for (const colorScheme of ['light', 'dark']) {
  for (const language of languages.split(',')) {
    const context = await browser.newContext({ viewport: { width: 320, height: 568 }, colorScheme, bypassCSP: true });
    const page = await context.newPage();
    await page.goto(url + '?lang=' + language);
    await page.screenshot({ path: `${shot}-${language}-${colorScheme}.png` });
    const seen = await page.evaluate(() => ({
      width: document.documentElement.scrollWidth,
      lowest: Math.max(0, ...[...document.querySelectorAll('.answers button')].map(
        (button) => button.getBoundingClientRect().bottom)),
    }));
    const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
    console.log(JSON.stringify({ language, colorScheme, ...seen, violations: violations.map((one) => one.id) }));
    await context.close();
  }
}
await browser.close();
