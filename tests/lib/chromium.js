// The browser that pages are tried in: Debian's Chromium without a window, which takes half of what the whole one
// does. CHROMIUM names another.
import fs from 'node:fs';
import { chromium } from 'playwright-core';

const installed = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? installed.find((path) => fs.existsSync(path)), args: ['--no-sandbox'] });
