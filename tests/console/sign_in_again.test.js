// A sign-in that ends while somebody works in the console: what they typed stays, and is saved after they signed in again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { admin, createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { accessible, enter, heading, launch, signedIn, unexpected } from './support.js';

let server, browser, page, app;
const button = (name) => page.getByRole('button', { name, exact: true });
const description = async () => (await api(server, 'GET', `/api/applications/${app.id}`, { token: await admin(server) })).json.description;

before(async () => {
  server = await startServer();
  browser = await launch();
  page = await signedIn(browser, server, 'operator');
  app = await createApp(server, { name: 'Shop', type: 'SPA' });
});
after(async () => {
  await browser?.close();
  await server.stop();
});

/** The next change is answered as one with a token that has ended; the refresh token and the session are gone as well. */
async function end() {
  await page.context().clearCookies();
  let [refused, ended] = [false, false];
  await page.route(`**/api/applications/${app.id}`, (route) => {
    if (refused || route.request().method() !== 'PATCH') return route.fallback();
    refused = true;
    return route.fulfill({ status: 401, headers: { 'access-control-allow-origin': server.adminBase }, json: { code: 'auth.unauthorized', message: 'ended' } });
  });
  await page.route('**/oidc/token', (route) => {
    if (ended || !/grant_type=refresh_token/.test(route.request().postData())) return route.fallback();
    ended = true;
    return route.fulfill({ status: 400, json: { error: 'invalid_grant', error_description: 'grant request is invalid' } });
  });
}

async function typed(text) {
  await page.goto(`${server.adminBase}/console/applications/${app.id}/settings`);
  await heading(page, 'Shop');
  await page.getByLabel('Description').fill(text);
}

test('somebody signs in again in another window, and what was typed is saved', async () => {
  await typed('typed before the end');
  await end();
  await button('Save changes').click();
  await page.getByRole('dialog', { name: 'Sign in again' }).waitFor();
  await accessible(page, 'signing in again');
  const [other] = await Promise.all([page.waitForEvent('popup'), button('Sign in').click()]);
  await enter(other, 'operator');
  const closed = other.waitForEvent('close');
  await other.keyboard.press('Enter');
  await closed;
  await page.getByText('Saved.').waitFor();
  assert.equal(await description(), 'typed before the end');
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.deepEqual(unexpected(page), []);
});

test('who does not want to is told that nothing was saved; the text is still there', async () => {
  await typed('not saved');
  await end();
  await button('Save changes').click();
  await button('Not now').click();
  await page.getByRole('alert').getByText('Your sign-in has ended.').waitFor();
  assert.equal(await page.getByLabel('Description').inputValue(), 'not saved');
  assert.equal(await description(), 'typed before the end');
});

test('a network that fails at the renewal is said on the page, which stays', async () => {
  page = await signedIn(browser, server, 'traveller');
  await typed('typed offline');
  await end();
  let down = true;
  await page.route('**/oidc/token', (route) => (down ? route.abort() : route.fallback()));
  await button('Save changes').click();
  await page.getByRole('alert').getByText('No answer from the server.').waitFor();
  assert.equal(await page.getByLabel('Description').inputValue(), 'typed offline');
  down = false;
  await button('Save changes').click();
  await page.getByText('Saved.').waitFor();
  assert.equal(await description(), 'typed offline');
});

test('another operator who signs in gets a page of their own', async () => {
  page = await signedIn(browser, server, 'third');
  await typed('of the third operator');
  page.once('dialog', (dialog) => dialog.accept()); // what is not saved is given up
  await end();
  await button('Save changes').click();
  const [other] = await Promise.all([page.waitForEvent('popup'), button('Sign in').click()]);
  await enter(other, 'operator');
  await other.keyboard.press('Enter');
  await page.locator('header', { hasText: /Signed in as\s+operator/ }).waitFor();
  assert.equal(await description(), 'typed offline');
});
