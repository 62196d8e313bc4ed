// The hosted pages in Chromium: with a keyboard alone, and what they say when something is wrong.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { PASSWORD, authorizeUrl, createClient, createUser, exchange, pkce } from '../lib/browser.js';
import { api, noteNavigations } from '../lib/api.js';
import { launch } from '../lib/chromium.js';
import { admin, unique } from '../lib/fixtures.js';
import { signet, startServer } from '../lib/server.js';

let server, browser, client, callback, application, user;
before(async () => {
  server = await startServer();
  user = await createUser(server);
  // The application: a page that says it is there.
  application = http.createServer((request, response) => response.setHeader('content-type', 'text/html').end('<title>application</title>'));
  await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${application.address().port}/callback`;
  const oidcClientMetadata = { redirectUris: [callback], postLogoutRedirectUris: [`${callback}/bye`] };
  client = await createClient(server, 'SPA', { oidcClientMetadata });
  client.third = await createClient(server, 'Traditional', { oidcClientMetadata, isThirdParty: true, name: 'Third' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  application?.close();
  await server.stop();
});

async function open(path) {
  const context = await browser.newContext();
  const page = await context.newPage();
  noteNavigations(page);
  page.complaints = [];
  page.on('console', (message) => message.type() === 'error' && page.complaints.push(message.text()));
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  await page.goto(`${server.base}${path}`);
  return page;
}

const ask = (keys, parameters = {}, who = client) => authorizeUrl(who, keys, { redirect_uri: callback, ...parameters });

async function arrived(page) {
  await page.waitForURL(`${callback}**`);
  return new URL(page.url()).searchParams;
}

// Refusals that the page explains are answers of 4xx, which browsers log.
const unexpected = (page) => page.complaints.filter((text) => !/status of 4\d\d/.test(text));

test('signing in with the keyboard: a wrong password is said, the right one leads back', async () => {
  const keys = pkce();
  const page = await open(ask(keys));
  assert.equal(await page.title(), 'Sign in');
  await page.locator('input:focus').waitFor(); // the browser gives it the focus with the first picture
  await page.keyboard.type(user.username);
  await page.keyboard.press('Tab');
  await page.keyboard.type('wrong password');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'The username or the password is wrong.' }).waitFor();
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  const parameters = await arrived(page);
  const tokens = await exchange(server, client, { code: parameters.get('code'), verifier: keys.verifier }, { redirect_uri: callback });
  assert.equal(tokens.status, 200, tokens.text);
  assert.deepEqual(unexpected(page), []);

  await page.goto(`${server.base}${ask(pkce(), { prompt: 'none' })}`);
  assert.ok((await arrived(page)).get('code'), 'signed in already');
  const bye = new URLSearchParams({ client_id: client.id, post_logout_redirect_uri: `${callback}/bye` });
  await page.goto(`${server.base}/oidc/session/end?${bye}`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${callback}/bye`);
  await page.goto(`${server.base}${ask(pkce(), { prompt: 'none' })}`);
  assert.equal((await arrived(page)).get('error'), 'login_required');
  assert.deepEqual(unexpected(page), []);
});

test('creating an account, after being told what is wrong with the password', async () => {
  const page = await open(ask(pkce()));
  await page.getByRole('link', { name: 'Create account' }).click();
  await page.getByLabel('Username').fill(unique('new').replaceAll('-', '_'));
  await page.getByLabel('New password').fill('12345678');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('alert').filter({ hasText: 'guessed first' }).waitFor();
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  assert.ok((await arrived(page)).get('code'));
  assert.deepEqual(unexpected(page), []);
});

test('consent: denied, then allowed, with an organization that is chosen', async () => {
  const call = async (method, path, body) => (await api(server, method, path, { token: await admin(server), body })).json;
  const [one, two] = [await call('POST', '/api/organizations', { name: 'One' }), await call('POST', '/api/organizations', { name: 'Two' })];
  for (const { id } of [one, two]) await call('POST', `/api/organizations/${id}/users`, { userIds: [user.id] });
  const scope = 'openid profile urn:logto:scope:organizations';
  await call('POST', `/api/applications/${client.third.id}/user-consent-scopes`, { userScopes: scope.split(' ').slice(1) });
  for (const [button, parameter] of [['Deny', 'error'], ['Allow', 'code']]) {
    const page = await open(ask(pkce(), { scope }, client.third));
    await page.getByLabel('Username').fill(user.username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Allow access' }).waitFor();
    await page.getByLabel('Two').check();
    await page.getByRole('button', { name: button, exact: true }).click();
    assert.ok((await arrived(page)).get(parameter), button);
    assert.deepEqual(unexpected(page), []);
    const { organizations } = await call('GET', `/api/applications/${client.third.id}/users/${user.id}/consent-organizations`);
    assert.deepEqual(organizations.map(({ id }) => id), parameter === 'code' ? [two.id] : []);
  }
});

test('an operator accepts the invitation', async () => {
  const result = await signet(['init', '--json'], { env: server.env });
  const { invitationUrl } = JSON.parse(result.stdout);
  server.secrets.add(new URL(invitationUrl).searchParams.get('token'));
  const page = await (await browser.newContext()).newPage();
  await page.goto(invitationUrl);
  await page.getByLabel('Username').fill('operator');
  await page.getByLabel('New password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText('The account is there.').waitFor();
});

test('the pages fit a phone', async () => {
  const page = await open(ask(pkce()));
  await page.setViewportSize({ width: 320, height: 560 });
  const [scroll, width] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(scroll <= width, `${scroll} of ${width}`);
});
