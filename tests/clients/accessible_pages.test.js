// Hosted pages that other tests of browsers only pass through: axe finds nothing to object to, in the light and in the dark.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, enableDark } from '../lib/accessible.js';
import { api, noteNavigations } from '../lib/api.js';
import { CALLBACK, authorizeUrl, createClient, createUser, pkce } from '../lib/browser.js';
import { launch } from '../lib/chromium.js';
import { admin, createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server, browser, client, third, user;
before(async () => {
  server = await startServer();
  await enableDark(server);
  client = await createClient(server, 'SPA', { name: 'Shop' });
  third = await createClient(server, 'Traditional', { isThirdParty: true, name: 'Reports' });
  const scopes = await api(server, 'POST', `/api/applications/${third.id}/user-consent-scopes`, { token: await admin(server), body: { userScopes: ['profile', 'email'] } });
  assert.equal(scopes.status, 201, scopes.text);
  user = await createUser(server, { username: 'ada' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server.stop();
});

async function open(address) {
  const page = await (await browser.newContext()).newPage();
  noteNavigations(page);
  await page.goto(server.base + address);
  return page;
}
async function enter(page) {
  await page.getByLabel('Username').fill(user.username);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}
const heading = (page, name) => page.getByRole('heading', { name }).waitFor();

test('signing in, with what was wrong; creating an account', async () => {
  const page = await open(authorizeUrl(client, pkce()));
  await page.getByLabel('Username').waitFor();
  await accessible(page, 'sign-in');
  await page.getByLabel('Username').fill('nobody');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
  await accessible(page, 'sign-in-wrong');
  await page.getByRole('link', { name: 'Create account' }).click();
  await page.getByLabel('New password').waitFor();
  await accessible(page, 'register');
});

test('consent, and signing out', async () => {
  const page = await open(authorizeUrl(third, pkce(), { scope: 'openid profile email' }));
  await enter(page);
  await heading(page, 'Allow access');
  await accessible(page, 'consent');
  await page.goto(`${server.base}/oidc/session/end?client_id=${client.id}`);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await accessible(page, 'sign-out');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor({ state: 'detached' });
  await accessible(page, 'signed-out');
});

test('pages that say what is wrong', async () => {
  const pages = [
    [authorizeUrl(client, pkce(), { redirect_uri: `${CALLBACK}/else` }), 'Something went wrong', 'error'],
    ['/unknown-session', 'There is nothing to sign in to', 'unknown-session'],
    ['/device/denied', 'Your device was refused', 'device-refused'],
  ];
  for (const [address, title, name] of pages) {
    const page = await open(address);
    await heading(page, title);
    await accessible(page, name);
  }
});

test('the code of a device: asked for, confirmed, done', async () => {
  const television = await createApp(server, { type: 'Native', name: 'Television', customClientMetadata: { isDeviceFlow: true } });
  const begun = await api(server, 'POST', '/oidc/device/auth', { body: new URLSearchParams({ client_id: television.id, scope: 'openid' }) });
  const empty = await open('/oidc/device');
  await heading(empty, 'Connect a device');
  await accessible(empty, 'device');
  const page = await open(`/oidc/device?user_code=${begun.json.user_code}`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('button[name="confirm"]').waitFor();
  await accessible(page, 'device-confirm');
  await page.locator('button[name="confirm"]').click();
  await page.getByLabel('Password').waitFor();
  await enter(page);
  await page.getByText('Your device is connected').waitFor();
  await accessible(page, 'device-connected');
});
