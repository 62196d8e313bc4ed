// The console in Chromium: from the invitation to a token and the list of applications, and its habits.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import newman from 'newman';
import { api, tokenAnswer } from '../lib/api.js';
import { admin, createApp, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { accessible, again, enter, heading, invitation, launch, open, screenshot, signedIn, unexpected } from './support.js';

let server, browser, operator;
before(async () => {
  server = await startServer();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server.stop();
});

const asOperator = async () => again(browser, server, (operator ??= await signedIn(browser, server, 'third')));

test('from the invitation to a token and the list of applications, with the clicks counted', async () => {
  const page = await open(browser);
  let clicks = 0;
  const click = (locator) => {
    clicks += 1;
    return locator.click();
  };
  const button = (name) => click(page.getByRole('button', { name, exact: true }));
  const link = (name) => click(page.getByRole('link', { name, exact: true }));

  await page.goto(await invitation(server));
  await enter(page, 'first', 'New password');
  await button('Create account');
  await link('Sign in');
  await enter(page, 'first');
  await button('Sign in');
  await heading(page, 'Applications');
  await page.getByRole('link', { name: 'Signet quick start' }).waitFor();
  await screenshot(page, 'applications');

  await link('New API client');
  await page.getByLabel('Name').fill('Postman at work');
  await page.getByText('every operation, ').waitFor();
  await screenshot(page, 'new-client');
  await button('Create client');
  await heading(page, 'Postman at work');
  assert.ok(clicks <= 5, `${clicks} clicks to the credentials`);

  const rows = page.getByRole('region', { name: 'Configure New Token' }).locator('dt');
  await rows.last().waitFor();
  assert.deepEqual(await rows.allTextContents(), ['Grant Type', 'Access Token URL', 'Client ID', 'Client Secret', 'Scope', 'Client Authentication', 'resource']);
  const value = async (name) => {
    await page.getByRole('button', { name: `Copy ${name}`, exact: true }).click();
    await page.getByText(`${name} copied.`, { exact: true }).waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const secret = await value('Client Secret');
  server.secrets.add(secret);
  assert.equal(await value('Access Token URL'), `${server.base}/oidc/token`);
  assert.equal(await value('Scope'), 'all');
  assert.equal(await value('resource'), 'https://default.logto.app/api');
  const authorization = `Basic ${Buffer.from(`${await value('Client ID')}:${secret}`).toString('base64')}`;
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'all', resource: 'https://default.logto.app/api' });
  const granted = await api(server, 'POST', '/oidc/token', { headers: { authorization }, body });
  assert.equal(granted.json?.scope, 'all', granted.text);
  await screenshot(page, 'credentials');

  await button('Get a token now');
  await page.getByText('Verified with the keys of').waitFor();
  await page.getByText('by the role Logto Management API access').waitFor();
  await screenshot(page, 'token');
  await button('Send');
  const answer = page.locator('.answer');
  await answer.getByText('"Postman at work"').waitFor();
  assert.equal(await answer.locator('.tag').textContent(), '200');
  await answer.scrollIntoViewIfNeeded();
  await screenshot(page, 'request');
  assert.equal(clicks, 7, 'from the invitation link to the list of applications');
  assert.deepEqual(unexpected(page), []);
});

test('the page has a strict policy, is the same for deep links, and its files are kept for good', async () => {
  const shell = await api(server, 'GET', `${server.adminBase}/console`);
  assert.equal(shell.status, 200);
  const policy = shell.headers['content-security-policy'];
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
  assert.match(policy, new RegExp(`connect-src 'self' ${server.base};`));
  assert.doesNotMatch(policy, /unsafe|\*/);
  for (const path of ['/console/applications', '/console/applications/x', '/console/applications/x/roles']) {
    const deep = await api(server, 'GET', server.adminBase + path);
    assert.equal(deep.text, shell.text, path);
    assert.equal((await api(server, 'GET', server.base + path)).status, 404, 'not on the users\' port');
  }
  assert.ok(shell.text.includes(`<link rel="preconnect" crossorigin href="${server.base}">`), 'the API is spoken to soon');
  const files = [...shell.text.matchAll(/\/console\/assets\/[^"]+/g)].map(([file]) => server.adminBase + file);
  assert.equal(files.length, 2);
  let total = shell.text.length;
  for (const file of files) {
    const plain = await api(server, 'GET', file);
    assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(plain.headers['content-encoding'], undefined);
    const packed = await fetch(file, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(packed.headers.get('content-encoding'), 'gzip');
    assert.match(packed.headers.get('vary'), /Accept-Encoding/);
    assert.equal(await packed.text(), plain.text);
    total += Number(packed.headers.get('content-length'));
    const again = await api(server, 'GET', file, { headers: { 'if-none-match': plain.headers.etag, 'accept-encoding': 'br, gzip;q=0' } });
    assert.equal(again.status, 304);
  }
  assert.ok(total < 150_000, `${total} bytes to load the console`);
  assert.equal((await api(server, 'GET', `${server.adminBase}/console/assets/other.js`)).status, 404);
});

test('tokens are in no storage and no address; a reload signs in again by itself; signing out ends it', async () => {
  const page = await signedIn(browser, server, 'second');
  const seen = [];
  const bearer = new Set();
  page.on('request', (request) => {
    seen.push(request.url());
    const value = request.headers().authorization;
    if (value?.startsWith('Bearer ')) bearer.add(value.slice(7));
  });
  await page.goto(`${server.adminBase}/console/roles?search=Logto`);
  await page.getByRole('link', { name: 'Logto Management API access' }).waitFor();
  assert.equal(page.url(), `${server.adminBase}/console/roles?search=Logto`);
  assert.ok(bearer.size > 0);
  const stored = await page.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, await indexedDB.databases(), await caches.keys()]));
  for (const token of bearer) {
    assert.ok(!stored.includes(token) && !seen.some((url) => url.includes(token)), 'a token is stored or in an address');
  }
  assert.equal(stored, '[{},{},"",[],[]]');

  // An answer that this page did not ask for is not taken.
  await page.goto(`${server.adminBase}/console/callback?code=stolen&state=guessed`);
  await page.getByRole('alert').filter({ hasText: 'This sign-in was not begun here' }).waitFor();
  await accessible(page, 'a sign-in that failed');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await heading(page, 'Applications');

  const other = await page.context().newPage();
  await other.goto(`${server.adminBase}/console/roles`);
  await other.getByRole('link', { name: 'Logto Management API access' }).waitFor();
  const [{ refresh_token: kept }] = await Promise.all([other.waitForResponse((answer) => answer.url().endsWith('/oidc/token')).then((answer) => answer.json()), other.reload()]);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.ok(!seen.some((url) => url.includes('id_token_hint')), 'the ID token is in no address');
  await other.waitForURL(/sign-in|session\/end/);
  const refresh = new URLSearchParams({ client_id: 'admin-console', grant_type: 'refresh_token', refresh_token: kept });
  assert.equal((await api(server, 'POST', `${server.adminBase}/oidc/token`, { body: refresh })).json.error, 'invalid_grant');
  await page.goto(`${server.adminBase}/console`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.deepEqual(unexpected(page), []);
});

test('only the console\'s origin may read the Management API', async () => {
  const ask = (origin) => api(server, 'OPTIONS', '/api/applications', { headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' } });
  assert.equal((await ask(server.adminBase)).headers['access-control-allow-origin'], server.adminBase);
  assert.equal((await ask('http://other.example')).headers['access-control-allow-origin'], undefined);

  // The workbench gets tokens of clients that show their secret, and no other page does.
  const answer = await tokenAnswer(server, { headers: { origin: server.adminBase } });
  assert.equal(answer.headers['access-control-allow-origin'], server.adminBase);
  assert.equal((await tokenAnswer(server, { headers: { origin: 'http://other.example' } })).status, 400);
  const spa = await createApp(server, { type: 'SPA', oidcClientMetadata: { redirectUris: ['https://spa.example'], postLogoutRedirectUris: [] } });
  const form = new URLSearchParams({ client_id: spa.id, grant_type: 'refresh_token', refresh_token: 'x' });
  const refused = await api(server, 'POST', '/oidc/token', { body: form, headers: { origin: server.adminBase } });
  assert.match(refused.json.error_description, /^origin .* not allowed/);
});

test('a client with picked scopes: the operations are shown, a role is made, what it may not do is explained', async () => {
  const page = await asOperator();
  await page.getByRole('link', { name: 'New API client' }).click();
  await page.getByLabel('Name').fill('Reader of roles');
  await page.getByLabel('Picked scopes').check();
  await page.getByRole('button', { name: 'Create client' }).click();
  await page.getByRole('alert').filter({ hasText: 'Pick at least one scope' }).waitFor();
  await page.getByLabel('read:roles', { exact: true }).check();
  await page.locator('summary').filter({ hasText: 'that read:roles opens' }).click();
  await page.getByText('/api/roles/{id}/scopes').first().waitFor();
  await accessible(page, 'new client');
  await page.getByRole('button', { name: 'Create client' }).click();
  await heading(page, 'Reader of roles');
  await page.getByRole('link', { name: 'Roles', exact: true }).last().click();
  await page.getByRole('link', { name: 'Management API: Reader of roles' }).waitFor();
  await page.getByRole('link', { name: 'Credentials' }).click();
  await page.getByRole('button', { name: 'Get a token now' }).click();
  await page.getByText('by the role Management API: Reader of roles').waitFor();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('The token lacks the scope read:applications.').waitFor();

  // Another operation, found by typing, with the keyboard alone.
  await page.getByLabel('Find an operation').fill('roles list');
  await page.keyboard.press('Enter');
  await page.getByText('With the token Reader of roles.').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.locator('.answer').getByText('"Management API: Reader of roles"').waitFor();
  await page.getByLabel('Find an operation').fill('get a role');
  await page.keyboard.press('Enter');
  assert.notEqual(await page.getByLabel('id', { exact: true }).inputValue(), '', 'the id of a role of the list');
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  await page.getByText('curl line copied.').waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), new RegExp(`^curl -H "Authorization: Bearer \\$TOKEN" '${server.base}/api/roles/`));
  await accessible(page, 'workbench');
  await page.getByText('History (2)').click();
  await page.getByRole('button', { name: 'GET /api/applications' }).click();
  await page.getByText('The token lacks the scope read:applications.').waitFor();

  // A scope that no role gives is said to be dropped, and why.
  await page.getByLabel('Scope', { exact: true }).fill('read:roles write:roles');
  await page.getByRole('button', { name: 'Get New Access Token' }).click();
  await page.getByText("none of the application's roles grants it").waitFor();
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByLabel('Client Secret').fill('wrong');
  await page.getByRole('button', { name: 'Get New Access Token' }).click();
  await page.getByRole('alert').filter({ hasText: 'Client ID or secret is wrong' }).waitFor();
  assert.deepEqual(unexpected(page), []);
});

test('a client without a role is told so, and gets one with a click; its collection runs in newman', async () => {
  const app = await createApp(server, { name: 'Bare' });
  const page = await asOperator();
  await page.goto(`${server.adminBase}/console/applications/${app.id}`);
  await page.getByText('No role of this client opens the Management API.').waitFor();
  await accessible(page, 'a client without a role');
  await page.getByRole('button', { name: 'Give read access' }).click();
  await page.getByRole('button', { name: 'Copy Scope' }).waitFor();
  await page.getByText('No role of this client opens').waitFor({ state: 'detached' });
  await page.getByText('read:applications').waitFor();
  await accessible(page, 'credentials');

  const download = async (name) => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
    return [file.suggestedFilename(), fs.readFileSync(await file.path(), 'utf8')];
  };
  const [plainName, plain] = await download('Postman collection');
  assert.equal(plainName, 'signet.postman_collection.json');
  assert.ok(!plain.includes(app.secret), 'the secret only when asked for');
  await page.getByLabel('Put the secret into the file').check();
  const collection = JSON.parse((await download('Postman collection'))[1]);
  const environment = JSON.parse((await download('Postman environment'))[1]);
  // As it was downloaded, and all of a folder: what reads is answered, what changes something is not for this client.
  const summary = await new Promise((resolve, reject) => {
    newman.run({ collection, environment, folder: 'Applications', reporters: [] }, (error, result) => (error ? reject(error) : resolve(result)));
  });
  assert.deepEqual(summary.run.failures, []);
  const answers = summary.run.executions.map(({ request, response }) => [request.method, request.url.getPath(), response.code]);
  assert.deepEqual(answers.find(([method, path]) => method === 'GET' && path === '/api/applications'), ['GET', '/api/applications', 200]);
  const requests = collection.item.find(({ name }) => name === 'Applications').item;
  assert.ok(answers.length >= requests.length - 3, 'each but those that would take this very client away');
  for (const [method, path, code] of answers) assert.ok(method === 'GET' || path === '/api/token-explain' ? code < 300 || code === 404 || code === 422 : code === 403 || code === 404, `${method} ${path}: ${code}`);
  for (const [name, file] of [['Bruno', 'signet-bruno.tar'], ['.http file', 'signet.http']]) assert.equal((await download(name))[0], file);
  await page.getByRole('button', { name: 'Python', exact: true }).click();
  await page.locator('.snippet').getByText('import').first().waitFor();
  assert.deepEqual(unexpected(page), []);
});

test('a token with a refresh token is renewed by it, and several tokens are kept', async () => {
  const { json: roles } = await api(server, 'GET', '/api/roles?type=MachineToMachine', { token: await admin(server) });
  const customClientMetadata = { refreshTokenForClientCredentials: true };
  const app = await createApp(server, { name: 'Refreshing', customClientMetadata }, [roles.find(({ name }) => name === 'Logto Management API access').id]);
  const page = await asOperator();
  await page.goto(`${server.adminBase}/console/workbench?client=${app.id}`);
  await page.getByLabel('Client Authentication').selectOption('body');
  await page.waitForFunction((id) => [...document.querySelectorAll('input')].some(({ value }) => value === id), app.id);
  await page.getByRole('button', { name: 'Get New Access Token' }).click();
  await page.getByText('renewed by its refresh token').waitFor();
  const token = () => page.locator('.raw code').textContent();
  const first = await token();
  server.secrets.add(first);
  const refreshing = page.waitForRequest((request) => /grant_type=refresh_token/.test(request.postData() ?? ''));
  await page.getByRole('button', { name: 'Refresh', exact: true }).click();
  const sent = new URLSearchParams((await refreshing).postData());
  assert.equal(sent.get('resource'), 'https://default.logto.app/api');
  assert.equal(sent.get('client_id'), app.id, 'in the body, as chosen');
  await page.waitForFunction((old) => document.querySelector('.raw code').textContent !== old, first);
  await page.getByLabel('Token Name').last().fill('Another');
  await page.getByRole('button', { name: 'Get New Access Token' }).click();
  const kept = page.getByRole('group', { name: 'Tokens' });
  await kept.getByRole('button', { name: 'Another' }).waitFor();
  await page.getByRole('button', { name: 'Use Token' }).click();
  await page.getByText('With the token Another.').waitFor();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await kept.getByRole('button', { name: 'Another' }).waitFor({ state: 'detached' });
  assert.equal(await kept.getByRole('button').count(), 1);
  assert.deepEqual(unexpected(page), []);
});

test('without the server, the console says so', async () => {
  const page = await open(browser);
  await page.route('**/oidc/auth?*', (route) => route.abort());
  await page.goto(`${server.adminBase}/console`);
  await page.getByText('No answer from the server.').first().waitFor();
  await page.getByText('see that it runs').first().waitFor();
});

test('secrets: one more with an expiry, and the old one deleted', async () => {
  const app = await createApp(server, { name: unique('secrets') });
  const page = await asOperator();
  await page.goto(`${server.adminBase}/console/applications/${app.id}`);
  await page.getByRole('button', { name: 'New secret…' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Second');
  await page.getByLabel('Expires').selectOption('30');
  await page.getByText(`On ${new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)}`).waitFor();
  await accessible(page, 'new secret');
  await page.getByRole('button', { name: 'Create secret' }).click();
  await page.getByRole('button', { name: 'Copy secret Second' }).waitFor();
  // Nobody reads it over one's shoulder.
  assert.equal(await page.getByText(app.secret).count(), 0);
  await page.getByRole('button', { name: 'Show Client Secret' }).click();
  await page.getByRole('button', { name: 'Hide Client Secret' }).waitFor();
  await page.getByRole('button', { name: 'Rename secret Second' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Renamed');
  await page.getByRole('button', { name: 'Rename', exact: true }).click();
  await page.getByRole('button', { name: 'Rename secret Renamed' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Second');
  await page.getByRole('button', { name: 'Rename', exact: true }).click();
  await page.getByRole('button', { name: 'Copy secret Second' }).waitFor();
  await page.getByText('in 30 d').waitFor();
  const { json: made } = await api(server, 'GET', `/api/applications/${app.id}/secrets`, { token: await admin(server) });
  const second = made.find(({ name }) => name === 'Second');
  server.secrets.add(second.value);
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: app.id, client_secret: second.value, resource: 'https://default.logto.app/api' });
  assert.equal((await api(server, 'POST', '/oidc/token', { body: form })).status, 200);
  const used = async () => (await api(server, 'GET', `/api/applications/${app.id}/secrets?includeLastUse=true`, { token: await admin(server) })).json;
  while ((await used()).every(({ lastUsedAt }) => !lastUsedAt)); // stored soon, not by the token
  await page.reload();
  await page.getByRole('row').filter({ hasText: 'Second' }).getByText(/\d+ s ago/).waitFor();
  await page.getByRole('button', { name: /^Delete secret (?!Second)/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete secret' }).click();
  await page.getByRole('button', { name: /^Delete secret (?!Second)/ }).waitFor({ state: 'detached' });
  const { json } = await api(server, 'GET', `/api/applications/${app.id}/secrets`, { token: await admin(server) });
  assert.deepEqual(json.map(({ name }) => name), ['Second']);
  server.secrets.add(json[0].value);
  assert.deepEqual(unexpected(page), []);
});
