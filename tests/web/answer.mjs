// answer.mjs URL ANSWER: gives it with the keyboard alone, and without JavaScript; prints the
// title and the address that the browser shows then.
import { browser, person } from './browser.mjs';

const [url, answer] = process.argv.slice(2);
const context = await person({ javaScriptEnabled: false });
const page = await context.newPage();
await page.goto(url);
const focused = page.locator('button:focus');
for (let n = 0; n < 12; n++) {
  await page.keyboard.press('Tab');
  if (await focused.count() && await focused.getAttribute('value') === answer) break;
}
await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
console.log(JSON.stringify({ title: await page.title(), url: page.url(), text: await page.locator('main').textContent() }));
await browser.close();
