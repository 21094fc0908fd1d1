// browser.mjs: a browser, and who signs in with it: "name:password" in VOLENS_SIGN_IN.
import { chromium } from 'playwright-core';

export const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'],
});

export function person(options) {
  const [username, password] = (process.env.VOLENS_SIGN_IN || '').split(':');
  return browser.newContext({
    ignoreHTTPSErrors: true, ...(username ? { httpCredentials: { username, password } } : {}), ...options,
  });
}
