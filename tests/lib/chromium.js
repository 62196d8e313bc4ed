// The browser that pages are tried in: Debian's Chromium without a window, which takes half of what the whole one
// does. CHROMIUM names another.
import fs from 'node:fs';
import { chromium } from 'playwright-core';

const installed = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
// A busy machine may stand still for a while: what takes this long does not come any more.
const PATIENCE_MS = 120_000;

export async function launch() {
  const executablePath = process.env.CHROMIUM ?? installed.find((path) => fs.existsSync(path));
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: PATIENCE_MS });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  };
  return browser;
}
