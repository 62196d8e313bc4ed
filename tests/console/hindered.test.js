// Operators who are hindered: without access, signed out, with a slow network or none. Each page says what is the matter; nothing changes or hangs.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { PASSWORD } from '../lib/browser.js';
import { changeDatabase } from '../lib/databases.js';
import { createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { accessible, entered, heading, launch, signedIn, unexpected, visit } from './support.js';

let server, browser, chief, bearer;
before(async () => {
  server = await startServer({ db: 'sqlite' }); // a role is taken away in its file
  browser = await launch();
  chief = await signedIn(browser, server, 'chief');
  const [request] = await Promise.all([chief.waitForRequest((sent) => sent.url().includes('/api/users')), visit(chief, 'Users')]);
  bearer = request.headers().authorization.slice(7);
});
after(async () => {
  await browser?.close();
  await server.stop();
});

async function operator(username, access) {
  const made = await api(server, 'POST', `${server.adminBase}/api/operators`, { token: bearer, body: { username, password: PASSWORD, access } });
  assert.equal(made.status, 201, made.text);
  return made.json.id;
}

const titles = (page) => page.getByRole('navigation', { name: 'Pages of the console' }).getByRole('link').allTextContents();
/** Changes that the page asked for, of its own account left out. */
function changesOf(page) {
  const changes = [];
  page.on('request', (sent) => {
    if (!['GET', 'OPTIONS'].includes(sent.method()) && sent.url().includes('/api/') && !/\/api\/token-explain/.test(sent.url())) changes.push(`${sent.method()} ${sent.url()}`);
  });
  return changes;
}
test('without any access: each page says so and whom to ask, and what would change something is off', async () => {
  await changeDatabase(path.join(server.data, 'admin.db'), `DELETE FROM users_roles WHERE user_id = '${await operator('nobody', 'read')}'`);
  const page = await entered(browser, server, 'nobody');
  const changes = changesOf(page);
  const all = await titles(page);
  assert.ok(all.length >= 19, all.join());
  for (const title of all) {
    await visit(page, title);
    await page.getByText('Your account has no access to this console.').waitFor();
    await page.getByRole('alert').filter({ hasText: 'Your role does not open this. Ask an operator who may change it.' }).first().waitFor();
    const off = page.locator('main button.main:not(:disabled), main button.bad:not(:disabled)');
    assert.deepEqual((await off.allTextContents()).filter((name) => !['Get New Access Token', 'Send'].includes(name)), [], title);
  }
  await accessible(page, 'an operator without access');
  await page.getByRole('button', { name: 'Go to…' }).click();
  await page.getByLabel('Page, application').fill('no such thing');
  await page.getByRole('dialog').getByRole('alert').filter({ hasText: 'Your role does not open this.' }).waitFor();
  await page.keyboard.press('Escape');
  assert.deepEqual(changes, []);
  assert.deepEqual(unexpected(page), []);
});

test('who is made read only meanwhile is told so on the page, without loading it anew', async () => {
  const id = await operator('demoted', 'all');
  const page = await entered(browser, server, 'demoted');
  await visit(page, 'Roles');
  assert.equal(await page.getByRole('button', { name: 'New role' }).isEnabled(), true);
  const changed = await api(server, 'PATCH', `${server.adminBase}/api/operators/${id}`, { token: bearer, body: { access: 'read' } });
  assert.equal(changed.status, 200, changed.text);
  await page.context().clearCookies();
  // The token of before ends.
  await page.route('**/api/resources?*', (route) => (route.request().headers().authorization === page.first ? route.fulfill({ status: 401, headers: { 'access-control-allow-origin': server.adminBase }, json: {} }) : route.fallback()));
  page.first = (await Promise.all([page.waitForRequest('**/api/users?*'), visit(page, 'Users')]))[0].headers().authorization;
  await page.getByRole('link', { name: 'API resources' }).click();
  await page.getByRole('dialog', { name: 'Sign in again' }).waitFor();
  const [other] = await Promise.all([page.waitForEvent('popup'), page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click()]);
  await other.getByLabel('Username').fill('demoted');
  await other.getByLabel('Password').fill(PASSWORD);
  await other.keyboard.press('Enter');
  await page.getByText('Your role lets you look').waitFor();
  assert.equal(await page.getByRole('button', { name: 'New API resource' }).isDisabled(), true);
});

test('when the sign-in has ended, each page asks for it again, and says what to do after "Not now"', async () => {
  await operator('late', 'all');
  const page = await entered(browser, server, 'late');
  const changes = changesOf(page);
  await page.context().clearCookies();
  const refused = { status: 401, headers: { 'access-control-allow-origin': server.adminBase }, json: { code: 'auth.unauthorized', message: 'ended' } };
  await page.route(/\/api\//, (route) => (/swagger|\.well-known/.test(route.request().url()) ? route.fallback() : route.fulfill(refused)));
  await page.route('**/oidc/token', (route) => route.fulfill({ status: 400, json: { error: 'invalid_grant', error_description: 'grant request is invalid' } }));
  for (const title of await titles(page)) {
    await page.getByRole('navigation', { name: 'Pages of the console' }).getByRole('link', { name: title, exact: true }).click();
    await page.getByRole('dialog', { name: 'Sign in again' }).waitFor();
    assert.equal(await page.getByRole('dialog').count(), 1, title);
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.getByRole('alert').filter({ hasText: 'Your sign-in has ended.' }).first().waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  assert.deepEqual(changes, []);
});

/** Chromium's own throttling. */
async function network(page, { latency = 0, bytes = -1, offline = false }) {
  page.devtools ??= await page.context().newCDPSession(page);
  await page.devtools.send('Network.emulateNetworkConditions', { offline, latency, downloadThroughput: bytes, uploadThroughput: bytes });
}

test('a slow network: what is waited for is said; nothing is asked for twice; following the log shows what comes', async () => {
  await operator('far', 'all');
  await createApp(server, { name: 'Made before' });
  const page = await entered(browser, server, 'far');
  await network(page, { latency: 2200 }); // more than the time between two looks at the log
  await page.getByRole('link', { name: 'Audit log' }).click();
  const waiting = page.getByRole('status').filter({ hasText: 'Loading…' });
  await waiting.waitFor();
  await page.getByRole('table').waitFor();
  await waiting.waitFor({ state: 'detached' });
  await page.getByLabel('Follow live').check();
  const made = page.getByRole('link', { name: 'ManagementApi.POST /api/applications' });
  const before = await made.count();
  const app = await createApp(server, { name: 'Made meanwhile' });
  await made.nth(before).waitFor();
  await page.getByLabel('Follow live').uncheck();

  // One click is one request, however long it takes.
  await network(page, {});
  await page.goto(`${server.adminBase}/console/applications/${app.id}/settings`);
  await heading(page, 'Made meanwhile');
  await page.getByLabel('Description').fill('by a slow line');
  await network(page, { latency: 1000 });
  const changes = changesOf(page);
  const save = page.getByRole('button', { name: 'Save changes' });
  await save.click();
  assert.equal(await save.isDisabled(), true);
  await page.getByText('Saved.').waitFor();
  assert.equal(changes.length, 1);
  assert.deepEqual(unexpected(page), []);
});

test('a server that does not answer: said after a while, given up in the end, and what was typed stays', async () => {
  const app = await createApp(server, { name: 'Unanswered' });
  await operator('patient', 'all');
  const page = await entered(browser, server, 'patient', {});
  await page.goto(`${server.adminBase}/console/applications/${app.id}/settings`);
  await heading(page, 'Unanswered');
  await page.getByLabel('Description').fill('never arrived');
  await page.clock.install();
  await page.route(`**/api/applications/${app.id}`, (route) => (route.request().method() === 'PATCH' ? undefined : route.fallback()));
  await Promise.all([page.waitForRequest((sent) => sent.method() === 'PATCH'), page.getByRole('button', { name: 'Save changes' }).click()]);
  await page.clock.runFor(10_000);
  await page.getByText('The server takes long to answer. Still waiting…').waitFor();
  await page.clock.runFor(60_000);
  const alert = page.getByRole('alert').filter({ hasText: 'No answer from the server.' });
  await alert.getByText('may have been done all the same').waitFor();
  assert.equal(await page.getByLabel('Description').inputValue(), 'never arrived');
  assert.equal(await page.getByRole('button', { name: 'Save changes' }).isEnabled(), true);
});

test('without a network each page says so, and shows its content once there is one again', async () => {
  await operator('offline', 'all');
  const page = await entered(browser, server, 'offline');
  await network(page, { offline: true });
  for (const title of await titles(page)) {
    await visit(page, title);
    await page.getByRole('alert').filter({ hasText: 'No answer from the server.' }).filter({ hasText: 'see that it runs' }).first().waitFor();
  }
  await visit(page, 'Roles');
  const retry = page.getByRole('button', { name: 'Try again' });
  await retry.waitFor();
  await network(page, {});
  await retry.click();
  await page.getByRole('link', { name: 'Logto Management API access' }).waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
});
