// Pages for everybody: axe finds nothing to object to, in the light and in the dark.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { api } from './api.js';
import { admin } from './fixtures.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe objects to, with its options: [[rule, ...what and why]]. The page's policy lets no script in, so it runs as an evaluated one, put there once a document. */
export async function violations(page, options = {}) {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(`${axe}; 0`);
  return page.evaluate(`axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], ...options })}).then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ target, failureSummary }) => target + ' ' + failureSummary)]))`);
}

// How light the page's ground is, from 0 to 255.
export const ground = (page) => page.evaluate(`Math.max(...getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number))`);

/** Without it the hosted pages of the tenant stay light for those who want them dark. */
export async function enableDark(server) {
  const color = { primaryColor: '#6139F6', isDarkModeEnabled: true, darkPrimaryColor: '#8768F8' };
  const answer = await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body: { color } });
  assert.equal(answer.status, 200, answer.text);
}

const PICTURE = { width: 520, height: 640 };

// A picture for the documentation, when SIGNET_SCREENSHOTS names a folder (scripts/screenshots).
async function picture(page, name, colorScheme) {
  const folder = process.env.SIGNET_SCREENSHOTS;
  if (!folder || !name) return;
  const before = page.viewportSize();
  await page.setViewportSize(PICTURE);
  await page.screenshot({ path: path.join(folder, `${name}${colorScheme === 'dark' ? '-dark' : ''}.png`), fullPage: true });
  await page.setViewportSize(before);
}

/** Of the dark, where the colours alone are others. */
export const COLOURS = { runOnly: ['color-contrast'] };

/** No violation of axe's rules in the light, nor of colours in the dark; one with a name is in the documentation. */
export async function accessible(page, name) {
  await page.waitForLoadState(); // its style is there
  for (const [colorScheme, rules] of [['dark', COLOURS], ['light', {}]]) {
    await page.emulateMedia({ colorScheme });
    const light = await ground(page);
    assert.equal(light > 128, colorScheme === 'light', `${page.url()} is not ${colorScheme}: ${light}`);
    assert.deepEqual(await violations(page, rules), [], `${page.url()}, ${colorScheme}`);
    await picture(page, name, colorScheme);
  }
}
