// Pages for everybody: axe finds nothing to object to, in the light and in the dark.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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

/** No violation of axe's rules; each(scheme) is called when the page is shown in it. */
export async function accessible(page, each = () => {}) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    const light = await ground(page);
    assert.equal(light > 128, colorScheme === 'light', `${page.url()} is not ${colorScheme}: ${light}`);
    assert.deepEqual(await violations(page), [], `${page.url()}, ${colorScheme}`);
    await each(colorScheme);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
