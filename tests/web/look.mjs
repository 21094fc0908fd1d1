// look.mjs URL SCREENSHOT LOOK...: a page at 320x568, as JSON lines: how wide it is, where
// its lowest answer ends, and what axe finds.  A LOOK is a language and a scheme: ar-dark;
// behind a third dash, how wide it is.
import { AxeBuilder } from '@axe-core/playwright';
import { browser, person } from './browser.mjs';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const [url, shot, ...looks] = process.argv.slice(2);
for (const look of looks) {
  const [language, colorScheme, width] = look.split('-');
  const context = await person({ viewport: { width: Number(width || 320), height: 568 }, colorScheme, bypassCSP: true });
  const page = await context.newPage();
  // Without somebody who asks for a name, the browser shows an error in place of what came with 401.
  await page.route('**/mine*', async (route) => {
    if (process.env.VOLENS_SIGN_IN) return route.continue();
    const response = await route.fetch();
    return route.fulfill({ response, status: 200 });
  });
  await page.goto(url + (url.includes('?') ? '&' : '?') + 'lang=' + language);
  await page.screenshot({ path: `${shot}-${look}.png`, fullPage: true });
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
