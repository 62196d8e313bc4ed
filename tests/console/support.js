// What the console's tests share: a browser whose complaints are kept, an operator, axe, screenshots.
import assert from 'node:assert/strict';
import path from 'node:path';
import { COLOURS, ground, violations } from '../lib/accessible.js';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, enterPassword, pkce } from '../lib/browser.js';
import { launch } from '../lib/chromium.js';
import { signet } from '../lib/server.js';

export { launch };

/** A page in a browser of its own; what it complains about is in page.complaints. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (message) => message.type() === 'error' && page.complaints.push(message.text()));
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  return page;
}

// Refusals that a page explains are answers of 4xx, which browsers log.
export const unexpected = (page) => page.complaints.filter((text) => !/status of 4\d\d/.test(text));

export async function invitation(server) {
  const result = await signet(['init', '--json'], { env: server.env });
  const { invitationUrl } = JSON.parse(result.stdout);
  server.secrets.add(new URL(invitationUrl).searchParams.get('token'));
  return invitationUrl;
}

export async function enter(page, username, label = 'Password') {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel(label).fill(PASSWORD);
}

async function newOperator(server, username) {
  const token = new URL(await invitation(server)).searchParams.get('token');
  const body = { token, username, password: PASSWORD };
  const made = await api(server, 'POST', `${server.adminBase}/api/operator-invitations/accept`, { body, headers: { origin: server.adminBase } });
  assert.equal(made.status, 200, made.text);
}

/** What signing in leaves in an operator's browser. */
async function session(server, username) {
  const tab = new Browser(server, server.adminBase);
  await tab.page(authorizeUrl({ id: 'admin-console' }, pkce(), { redirect_uri: `${server.adminBase}/console/callback` }));
  await tab.page(await enterPassword(tab, { username, password: PASSWORD }));
  return [...tab.cookies].map(([name, value]) => ({ name, value, url: server.adminBase, httpOnly: true, sameSite: 'Lax' }));
}

/** A page of the console for an operator who is there, without the forms: those are tested on their own. */
export async function entered(browser, server, username, options) {
  const page = await open(browser, options);
  await page.context().addCookies(await session(server, username));
  await page.goto(`${server.adminBase}/console`);
  await page.getByText(/^(Signed in as|Angemeldet als)$/).waitFor();
  return page;
}

/** The same for a new operator. */
export async function signedIn(browser, server, username, options) {
  await newOperator(server, username);
  return entered(browser, server, username, options);
}

/** Another page of the operator whom signedIn gave a page: in a context of its own, without the forms. */
export async function again(browser, server, page) {
  const other = await open(browser, { storageState: await page.context().storageState() });
  await other.goto(`${server.adminBase}/console`);
  await heading(other, 'Applications');
  return other;
}

export const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

/** Goes to a page of the console by its own link, from wherever a test before has left off. */
export async function visit(page, link) {
  if (await page.getByRole('dialog').count()) await page.reload();
  await page.getByRole('navigation', { name: 'Pages of the console' }).getByRole('link', { name: link, exact: true }).click();
  await heading(page, link);
}

/** Saves what was changed in a form, of the page or within a part of it; it is stored afterwards. The page says so for a while, so that is no sign of it. */
export async function save(page, { within = page, button = 'Save changes' } = {}) {
  const changes = within.getByText('To be saved:');
  await changes.waitFor();
  await within.getByRole('button', { name: button, exact: true }).click();
  await changes.waitFor({ state: 'detached' });
}

const ALL_RULES = { rules: { 'label-content-name-mismatch': { enabled: true } } };

/** No violation of axe's rules, nor a name that lacks the text one sees (WCAG 2.5.3); in the dark, the colours again, which alone change. */
export async function accessible(page, what) {
  for (const [colorScheme, rules] of [['dark', COLOURS], ['light', ALL_RULES]]) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const light = await ground(page);
    assert.equal(light > 128, colorScheme === 'light', `${what} is not ${colorScheme}: ${light}`);
    assert.deepEqual(await violations(page, rules), [], `${what}, ${colorScheme}`);
  }
}

const PICTURE = { width: 1040, height: 720 };

/** A picture for the documentation, in the light and in the dark, when SIGNET_SCREENSHOTS names a folder (scripts/screenshots). */
export async function screenshot(page, name) {
  const folder = process.env.SIGNET_SCREENSHOTS;
  if (!folder) return;
  const size = page.viewportSize();
  await page.setViewportSize(PICTURE);
  // What was said of something before is no part of the page.
  await page.locator('.toast').evaluateAll((toasts) => toasts.forEach((toast) => (toast.hidden = true)));
  for (const colorScheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path.join(folder, `${name}${colorScheme === 'dark' ? '-dark' : ''}.png`), animations: 'disabled', caret: 'hide' });
  }
  await page.setViewportSize(size);
  await page.locator('.toast').evaluateAll((toasts) => toasts.forEach((toast) => (toast.hidden = false)));
}
