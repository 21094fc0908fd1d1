// look.mjs URL SCREENSHOT LOOK...: a page at 320x568, as JSON lines: how wide it is, where
// its lowest answer ends, and what axe finds.  A LOOK is a language and a scheme: ar-dark.
import { chromium } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const [url, shot, ...looks] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'],
});
for (const look of looks) {
  const [language, colorScheme] = look.split('-');
  const context = await browser.newContext({ viewport: { width: 320, height: 568 }, colorScheme, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(url + '?lang=' + language);
  await page.screenshot({ path: `${shot}-${look}.png` });
  const seen = await page.evaluate(() => ({
    language: document.documentElement.lang,
    width: document.documentElement.scrollWidth,
    lowest: Math.max(0, ...[...document.querySelectorAll('.answers button')].map(
      (button) => button.getBoundingClientRect().bottom)),
  }));
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  console.log(JSON.stringify({ look, ...seen, violations: violations.map((one) => one.id) }));
  await context.close();
}
await browser.close();
