// The demo application in Chromium: what it shows of the tokens, and its end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, enableDark } from '../lib/accessible.js';
import { api, noteNavigations } from '../lib/api.js';
import { PASSWORD, createUser } from '../lib/browser.js';
import { launch } from '../lib/chromium.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';


let server, browser;
before(async () => {
  server = await startServer();
  await enableDark(server);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server.stop();
});

test('it signs in and shows claims, tokens and organizations; its own application is not managed', async () => {
  const manage = async (method, path, body) => api(server, method, path, { token: await admin(server), body });
  const user = await createUser(server, { name: 'Ada' });
  const organization = (await manage('POST', '/api/organizations', { name: 'One' })).json;
  await manage('POST', `/api/organizations/${organization.id}/users`, { userIds: [user.id] });
  const page = await (await browser.newContext()).newPage();
  noteNavigations(page);
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && !/status of 4\d\d/.test(message.text()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${server.base}/demo-app`);
  await page.getByLabel('Username').fill(user.username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  const shown = (heading) => page.locator('section', { has: page.getByRole('heading', { name: heading, exact: true }) }).locator('pre');
  await shown('Claims of the ID token').waitFor();
  const claims = JSON.parse(await shown('Claims of the ID token').textContent());
  assert.deepEqual([claims.sub, claims.name, claims.aud, claims.iss], [user.id, 'Ada', 'demo-app', `${server.base}/oidc`]);
  const info = JSON.parse(await shown('What userinfo says').textContent());
  assert.equal(info.sub, user.id);
  const token = await shown('Access token').textContent();
  server.secrets.add(token);
  assert.equal((await api(server, 'GET', '/oidc/me', { token })).status, 200);
  await page.getByRole('button', { name: 'Renew the tokens' }).click();
  await page.getByRole('status').filter({ hasText: 'Saved.' }).waitFor();
  const renewed = await shown('Access token').textContent();
  server.secrets.add(renewed);
  assert.notEqual(renewed, token);
  await page.getByRole('button', { name: `Get a token for it: ${organization.id}` }).click();
  await shown('Organizations').waitFor();
  assert.equal(JSON.parse(await shown('Organizations').textContent()).aud, `urn:logto:organization:${organization.id}`);
  await accessible(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Username').waitFor();
  assert.deepEqual(complaints, []);
  assert.ok(!(await manage('GET', '/api/applications')).json.some(({ id }) => ['demo-app', 'account-center'].includes(id)));
  for (const id of ['demo-app', 'account-center']) {
    assert.equal((await manage('PATCH', `/api/applications/${id}`, { name: 'x' })).status, 404);
    assert.equal((await manage('DELETE', `/api/applications/${id}`)).status, 404);
  }
});
