// The workbench with the grants of users: code, refresh token, token exchange; a session taken along.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import newman from 'newman';
import { api } from '../lib/api.js';
import { PASSWORD, createUser } from '../lib/browser.js';
import { admin, createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { accessible, enter, launch, signedIn, unexpected } from './support.js';

let server, browser, page, user;
before(async () => {
  server = await startServer();
  browser = await launch();
  page = await signedIn(browser, server, 'operator');
  user = await createUser(server);
});
after(async () => {
  await browser?.close();
  await server.stop();
});

const button = (name) => page.getByRole('button', { name, exact: true });
const get = async (path) => (await api(server, 'GET', path, { token: await admin(server) })).json;
const tokens = () => page.getByRole('region', { name: 'Tokens' });
const workbench = async (app) => {
  await page.goto(`${server.adminBase}/console/workbench?client=${app.id}`);
  await page.waitForFunction((id) => [...document.querySelectorAll('input')].some(({ value }) => value === id), app.id);
};

/** Presses the button, and signs the user in in the window that it opens; consent is given when it is asked for. */
async function signInFor(name) {
  const [other] = await Promise.all([page.context().waitForEvent('page'), button(name).click()]);
  await other.getByLabel('Username').fill(user.username);
  await other.getByLabel('Password').fill(PASSWORD);
  await other.keyboard.press('Enter');
  return other;
}

test('authorization code: the callback is allowed with a click, the user signs in in a window, the token is renewed', async () => {
  const app = await createApp(server, { name: 'Single page', type: 'SPA', oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] } });
  await workbench(app);
  assert.equal(await page.getByLabel('Grant Type').inputValue(), 'authorization_code', 'usual for the type');
  await accessible(page, 'a client that may not return here');
  await button('Add it to the redirect URIs').click();
  await button('Add it to the redirect URIs').waitFor({ state: 'detached' });
  const callback = await page.getByLabel('Callback URL').inputValue();
  assert.deepEqual((await get(`/api/applications/${app.id}`)).oidcClientMetadata.redirectUris, [callback]);

  await signInFor('Get New Access Token');
  await tokens().getByText('renewed by its refresh token').waitFor();
  await tokens().getByText('Claims of the ID token').waitFor();
  await tokens().getByText('Verified with the keys of').waitFor();
  await tokens().getByText(user.id, { exact: true }).waitFor();
  await accessible(page, 'a token of a user');
  const value = () => page.locator('.raw code').textContent();
  const first = await value();
  server.secrets.add(first);
  await button('Refresh').click();
  await page.waitForFunction((old) => document.querySelector('.raw code').textContent !== old, first);
  server.secrets.add(await value());
  assert.deepEqual(unexpected(page), []);
});

test('authorization code: waiting is stopped; what comes back from elsewhere is not taken', async () => {
  await page.getByRole('group', { name: 'Auth Request' }).getByLabel('Value').fill('login consent');
  const [other] = await Promise.all([page.context().waitForEvent('page'), button('Get New Access Token').click()]);
  await other.getByLabel('Username').waitFor();
  await page.getByText('Waiting for the sign-in').waitFor();
  await Promise.all([other.waitForEvent('close'), other.evaluate((address) => location.assign(address), `${server.adminBase}/console/workbench/callback?code=stolen&state=guessed`)]);
  await button('Stop waiting').click();
  await page.getByRole('alert').filter({ hasText: 'was not waited for' }).waitFor();
  assert.deepEqual(unexpected(page), []);
});

test('token exchange: a subject token is made here, and stands for the user; a refresh token by hand', async () => {
  const app = await createApp(server, { name: 'Helpdesk', type: 'Traditional', oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] } });
  await workbench(app);
  await page.getByLabel('Grant Type').selectOption('token_exchange');
  await button('Allow token exchange').click();
  await button('Allow token exchange').waitFor({ state: 'detached' });
  await page.getByLabel('User ID').fill(user.id);
  await button('Make a subject token').click();
  await page.getByText('Made: it is good once.').waitFor();
  server.secrets.add(await page.getByLabel('Subject token', { exact: true }).inputValue());
  await page.getByLabel('Scope', { exact: true }).fill('openid profile');
  await accessible(page, 'token exchange');
  await button('Get New Access Token').click();
  await tokens().getByText('It is opaque').first().waitFor();
  const value = await page.locator('.raw code').textContent();
  server.secrets.add(value);
  const me = await api(server, 'GET', '/oidc/me', { token: value });
  assert.equal(me.json?.sub, user.id, me.text);
  await button('Get New Access Token').click();
  await page.getByRole('alert').filter({ hasText: 'invalid_grant' }).waitFor();

  await page.getByLabel('Grant Type').selectOption('refresh_token');
  await page.getByLabel('Refresh token', { exact: true }).fill('none such');
  await button('Get New Access Token').click();
  await page.getByRole('alert').filter({ hasText: 'belongs to another client' }).waitFor();
  assert.deepEqual(unexpected(page), []);
});

test('device: an application for one, the code is entered in another window, the token comes by itself', async () => {
  await page.goto(`${server.adminBase}/console/applications`);
  await button('New application for users').click();
  await page.getByRole('dialog').getByLabel('Name').fill('Television');
  await page.getByRole('dialog').getByLabel('Type').selectOption('Device without a browser');
  await accessible(page, 'a new application for devices');
  await button('Create application').click();
  await page.getByRole('link', { name: 'Try a sign-in' }).click();
  await button('Add it to the CORS origins').click();
  await button('Add it to the CORS origins').waitFor({ state: 'detached' });
  await button('Get New Access Token').click();
  const link = page.getByRole('link', { name: 'on the page for devices' });
  await link.waitFor();
  await accessible(page, 'waiting for the user of a device');
  const [other] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
  await other.getByRole('button', { name: 'Continue' }).click();
  await other.getByRole('heading', { name: 'Is this your device?' }).waitFor();
  await other.getByRole('button', { name: 'Continue' }).click();
  await other.getByRole('heading', { name: 'Your device is connected' }).waitFor();
  await tokens().getByText('renewed by its refresh token').waitFor();
  await tokens().getByText(user.id, { exact: true }).waitFor();
  server.secrets.add(await page.locator('.raw code').textContent());
  await other.close();
  assert.deepEqual(unexpected(page), []);
});

test('the session is taken along as a Postman collection, which newman runs as it is', async () => {
  const roles = await get('/api/roles?type=MachineToMachine');
  const app = await createApp(server, { name: 'Machine' }, [roles.find(({ name }) => name === 'Logto Management API access').id]);
  await workbench(app);
  await button('Get New Access Token').click();
  await tokens().getByText('by the role Logto Management API access').waitFor();
  server.secrets.add(await page.locator('.raw code').textContent());
  for (const [operation, body] of [['create a role', '{"name":"By the session","description":"x"}'], ['roles list', '']]) {
    await page.getByLabel('Find an operation').fill(operation);
    await page.keyboard.press('Enter');
    if (body) await page.getByLabel('Body').fill(body);
    await button('Send').click();
    await page.locator('.answer').getByText('"By the session"').waitFor();
  }
  await page.getByText('History (2)').click();
  const download = async () => {
    const [file] = await Promise.all([page.waitForEvent('download'), button('Take the session along for Postman').click()]);
    assert.equal(file.suggestedFilename(), 'signet-session.postman_collection.json');
    return fs.readFileSync(await file.path(), 'utf8');
  };
  const value = await page.locator('.raw code').textContent();
  const plain = await download();
  assert.ok(!plain.includes(app.secret) && !plain.includes(value), 'secrets only when asked for');
  await page.getByLabel("Put the token and the client's secret into the file").check();
  const collection = JSON.parse(await download());
  assert.deepEqual(collection.item.map(({ name }) => name), ['POST /api/roles', 'GET /api/roles']);
  assert.equal(collection.auth.oauth2.find(({ key }) => key === 'grant_type').value, 'client_credentials');
  const [{ id }] = await get('/api/roles?search=By%20the%20session');
  await api(server, 'DELETE', `/api/roles/${id}`, { token: await admin(server) });
  const summary = await new Promise((resolve, reject) => {
    newman.run({ collection, reporters: [] }, (error, result) => (error ? reject(error) : resolve(result)));
  });
  assert.deepEqual(summary.run.executions.map(({ response }) => response.code), [200, 200]);
  await accessible(page, 'the history');
  assert.deepEqual(unexpected(page), []);
});
