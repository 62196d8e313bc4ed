// The parts of a user's page, an application's organizations, the palette and the log that follows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { createUser } from '../lib/browser.js';
import { admin, createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { accessible, heading, launch, save, screenshot, signedIn, unexpected, visit } from './support.js';

let server, browser, page;
before(async () => {
  server = await startServer();
  browser = await launch();
  page = await signedIn(browser, server, 'operator');
});
after(async () => {
  await browser?.close();
  await server.stop();
});

const get = async (path) => (await api(server, 'GET', path, { token: await admin(server) })).json;
const button = (name) => page.getByRole('button', { name, exact: true });
const part = (name) => page.getByRole('navigation', { name: 'Parts of this page' }).getByRole('link', { name, exact: true });

test('a user: second factors, sessions, grants, access tokens', async () => {
  const user = await createUser(server);
  await page.goto(`${server.adminBase}/console/users/${user.id}/mfa`);
  await page.getByRole('heading', { name: 'No second factor' }).waitFor();
  await button('Add authenticator app…').click();
  await button('Add app').click();
  await page.getByAltText('The same as a code to be scanned').waitFor();
  server.secrets.add(await page.locator('.notice code').textContent());
  await button('Make backup codes…').click();
  await button('Make codes').click();
  await page.getByText('Backup codes, shown once').waitFor();
  for (const code of (await page.locator('.notice code').textContent()).split(' ')) server.secrets.add(code);
  for (const name of ['Backup codes', 'Authenticator app']) {
    await button(`Remove ${name}`).click();
    if (name === 'Backup codes') await accessible(page, 'removing a factor');
    await button('Remove factor').click();
    await button(`Remove ${name}`).waitFor({ state: 'detached' });
  }
  await page.getByRole('heading', { name: 'No second factor' }).waitFor();
  assert.deepEqual(await get(`/api/users/${user.id}/mfa-verifications`), []);
  await part('Sessions').click();
  await page.getByRole('heading', { name: 'No session' }).waitFor();
  await part('Grants').click();
  await page.getByRole('heading', { name: 'No grant' }).waitFor();
  await accessible(page, 'grants');
  await part('Access tokens').click();
  await button('New token…').click();
  await page.getByRole('dialog').getByLabel('Name').fill('backup job');
  await button('Create token').click();
  const value = await page.locator('.notice code').textContent();
  assert.match(value, /^pat_/);
  server.secrets.add(value);
  await accessible(page, 'access tokens of a user');
  await button('Delete token backup job').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete token' }).click();
  await page.getByRole('heading', { name: 'No personal access token' }).waitFor();
  assert.deepEqual(await get(`/api/users/${user.id}/personal-access-tokens`), []);
});

test('a user: profile, data of one\'s own, accounts elsewhere', async () => {
  const user = await createUser(server);
  const field = (name) => page.getByRole('textbox', { name, exact: true });
  await page.goto(`${server.adminBase}/console/users/${user.id}/profile`);
  await field('First name').fill('Ada');
  await field('Town').fill('London');
  await accessible(page, 'profile of a user');
  await save(page);
  await part('Custom data').click();
  await field('Custom data').fill('{ "plan": ');
  await button('Save changes').click();
  await page.getByText('This is not JSON yet.').waitFor();
  assert.equal(await field('Custom data').evaluate((area) => area.validationMessage), 'Correct this first.');
  await field('Custom data').fill('{ "plan": "gold" }');
  await save(page);
  const { profile, customData } = await get(`/api/users/${user.id}`);
  assert.deepEqual([profile, customData], [{ givenName: 'Ada', address: { locality: 'London' } }, { plan: 'gold' }]);
  await part('Linked accounts').click();
  await page.getByRole('heading', { name: 'No linked account' }).waitFor();
  await button('Link an account…').click();
  await field('Provider').fill('google');
  await field('ID there').fill('1234');
  await accessible(page, 'linking an account');
  await button('Link').click();
  await page.getByRole('cell', { name: '1234' }).waitFor();
  await accessible(page, 'accounts of a user');
  assert.equal((await get(`/api/users/${user.id}`)).identities.google.userId, '1234');
  await button('Unlink google').click();
  await button('Unlink account').click();
  await page.getByRole('heading', { name: 'No linked account' }).waitFor();
  assert.deepEqual((await get(`/api/users/${user.id}`)).identities, {});
});

test('an application: how long its tokens last, what it may do, its defaults', async () => {
  const field = (name) => page.getByLabel(name, { exact: true });
  const settings = async (app) => {
    await page.goto(`${server.adminBase}/console/applications/${app.id}/settings`);
    return async () => {
      await save(page);
      return (await get(`/api/applications/${app.id}`)).customClientMetadata;
    };
  };
  const saveMachine = await settings(await createApp(server, { name: 'Robot' }));
  await field('Default resource').selectOption('https://default.logto.app/api');
  await field('Default scopes').fill('read:users read:roles');
  await page.getByLabel('Refresh tokens for client credentials').check();
  await field('Refresh tokens last, in days').fill('3');
  await accessible(page, 'settings of an API client');
  assert.deepEqual(await saveMachine(), { defaultResource: 'https://default.logto.app/api', defaultScopes: ['read:users', 'read:roles'], refreshTokenForClientCredentials: true, refreshTokenTtlInDays: 3, rotateRefreshToken: true });
  const saveSite = await settings(await createApp(server, { name: 'Site', type: 'SPA' }));
  await field('ID tokens last, in seconds').fill('600');
  await page.getByLabel('Rotate refresh tokens').uncheck();
  await page.getByLabel('May exchange tokens').check();
  await accessible(page, 'settings of an application of users');
  assert.deepEqual(await saveSite(), { idTokenTtl: 600, rotateRefreshToken: false, allowTokenExchange: true });
});

test('an application of others: what it may ask users for, and who may use it', async () => {
  const role = (await api(server, 'POST', '/api/roles', { token: await admin(server), body: { name: 'Subscriber', description: 'reads', type: 'User' } })).json;
  await visit(page, 'Applications');
  await button('New application for users').click();
  await page.getByLabel('Name', { exact: true }).fill('Partner');
  await page.getByLabel('Of someone else').check();
  await accessible(page, 'an application of others');
  await button('Create application').click();
  await page.getByRole('link', { name: 'Consent', exact: true }).click();
  await page.getByLabel('email', { exact: true }).check();
  await page.getByText('To be saved:').waitFor();
  await accessible(page, 'consent');
  await save(page);
  const [app] = await get('/api/applications?isThirdParty=true');
  assert.equal(app.name, 'Partner');
  assert.deepEqual((await get(`/api/applications/${app.id}/user-consent-scopes`)).userScopes, ['email']);
  const scopes = `/api/applications/${app.id}/user-consent-scopes`;
  assert.equal((await api(server, 'POST', scopes, { token: await admin(server), body: { userScopes: ['urn:logto:scope:sessions'] } })).status, 201);
  await page.reload();
  await page.getByText('It may ask for 1 more').waitFor();
  await page.getByLabel('email', { exact: true }).uncheck();
  assert.equal((await api(server, 'DELETE', `${scopes}/user-scopes/email`, { token: await admin(server) })).status, 204, 'another one was faster');
  await save(page);
  assert.deepEqual((await get(scopes)).userScopes, ['urn:logto:scope:sessions']);

  await page.getByRole('link', { name: 'Who may use it' }).click();
  await page.getByText('Every user may, now.').waitFor();
  await page.getByLabel('Only those below may use it').check();
  await page.getByLabel('Subscriber').check();
  await accessible(page, 'who may use an application');
  await button('Save changes').click();
  await page.getByText('Every user may, now.').waitFor({ state: 'detached' });
  assert.equal((await get(`/api/applications/${app.id}`)).appLevelAccessControlEnabled, true);
  assert.deepEqual((await get(`/api/applications/${app.id}/access-control`)).userRoleIds, [role.id]);

  // What another operator changes elsewhere in the application is not in the way.
  await api(server, 'PATCH', `/api/applications/${app.id}`, { token: await admin(server), body: { name: 'Partner of ours' } });
  await page.getByLabel('Only those below may use it').uncheck();
  await button('Save changes').click();
  await page.getByText('Every user may, now.').waitFor();
  const { name, appLevelAccessControlEnabled } = await get(`/api/applications/${app.id}`);
  assert.deepEqual([name, appLevelAccessControlEnabled], ['Partner of ours', false]);

  const saml = (await api(server, 'POST', '/api/saml-applications', { token: await admin(server), body: { name: 'Old intranet' } })).json;
  await page.goto(`${server.adminBase}/console/applications/${saml.id}`);
  await heading(page, 'Old intranet');
  assert.equal(await page.getByRole('link', { name: 'Who may use it' }).count(), 0, 'not for SAML');
});

test('what was typed is guarded at once, before it is seen', async () => {
  await visit(page, 'Security');
  const asked = await page.getByLabel('Characters at least', { exact: true }).evaluate(async (input) => {
    const questions = [];
    const { confirm } = window;
    window.confirm = (question) => {
      questions.push(question);
      return true;
    };
    input.value = '12';
    input.dispatchEvent(new Event('input', { bubbles: true }));
    const { port1, port2 } = new MessageChannel(); // the next task: no frame comes between
    await new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
    document.querySelector('nav.side a[href$="/logs"]').click();
    window.confirm = confirm;
    return questions;
  });
  assert.equal(asked.length, 1);
  await heading(page, 'Audit log');
});

test('two forms of a page are not saved: taking one back leaves the other guarded', async () => {
  await visit(page, 'Security');
  const asked = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    return asked.length === 1 ? dialog.dismiss() : dialog.accept();
  });
  await page.getByLabel('Characters at least', { exact: true }).fill('12');
  await page.getByLabel('Minutes it stays locked').fill('17');
  await button('Discard').last().click();
  await page.getByRole('link', { name: 'Audit log' }).click();
  await heading(page, 'Security');
  await page.getByRole('link', { name: 'Audit log' }).click();
  await heading(page, 'Audit log');
  assert.equal(asked.length, 2);
});

test('a dialog takes what is typed as soon as its button is pressed', async () => {
  await visit(page, 'Users');
  const typed = await button('New user').evaluate(async (opener) => {
    opener.click();
    await Promise.resolve().then(() => {}); // what was to be done for the press is done, and nothing was drawn since
    return [document.querySelector('dialog')?.open, document.activeElement.closest('dialog') !== null];
  });
  assert.deepEqual(typed, [true, true]);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('the palette: a page, and a thing that the server finds', async () => {
  const app = await createApp(server, { name: 'Warehouse' });
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('audit');
  await page.keyboard.press('Enter');
  await heading(page, 'Audit log');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('wareh');
  await page.getByRole('option', { name: /Warehouse/ }).waitFor();
  await accessible(page, 'the palette');
  await screenshot(page, 'palette');
  await page.keyboard.press('Enter');
  await heading(page, 'Warehouse');
  assert.match(page.url(), new RegExp(app.id));
  await part('Organizations').click();
  await page.getByRole('heading', { name: 'In no organization' }).waitFor();
});

test('the log is followed while it grows', async () => {
  await visit(page, 'Audit log');
  await page.getByLabel('Application ID').fill((await createApp(server, { name: 'Late' })).id);
  await page.getByRole('heading', { name: 'No entry' }).waitFor();
  await page.getByLabel('Follow live').check();
  const late = (await get('/api/applications?search=%25Late%25'))[0];
  const [{ value }] = await get(`/api/applications/${late.id}/secrets`);
  server.secrets.add(value);
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: late.id, client_secret: value, resource: 'https://default.logto.app/api' });
  assert.equal((await api(server, 'POST', '/oidc/token', { body })).status, 200);
  await page.getByRole('link', { name: 'ExchangeTokenBy.ClientCredentials' }).waitFor();
  assert.deepEqual(unexpected(page), []);
});
