// The console's other pages: what each is for, done once; accessible in the light and in the dark.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { createUser } from '../lib/browser.js';
import { admin, createApp, createResource, createScope, unique } from '../lib/fixtures.js';
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
const field = (name) => page.getByLabel(name, { exact: true });
const button = (name) => page.getByRole('button', { name, exact: true });

test('applications: searched by an address that can be shared, paged, changed with a guard, deleted', async () => {
  for (let count = 0; count < 21; count++) await createApp(server, { name: unique('paged') });
  await visit(page, 'Applications');
  await page.getByLabel('Search by').fill('paged');
  await page.getByText('Page 1 of 2, 21 entries').waitFor();
  assert.match(page.url(), /search=paged/);
  await button('Next').click();
  await page.getByText('Page 2 of 2').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  await accessible(page, 'applications');
  await page.getByLabel('Search by').fill('nothing like it');
  await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();

  await visit(page, 'Applications');
  await button('New application for users').click();
  await field('Name').fill('Shop');
  await field('Redirect URI').fill('https://shop.example/callback');
  await accessible(page, 'new application');
  await button('Create application').click();
  await heading(page, 'Shop');
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await field('Description').fill('Sells things');
  const asked = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    return dialog.type() === 'confirm' && asked.length === 1 ? dialog.dismiss() : dialog.accept();
  });
  await page.getByRole('link', { name: 'Workbench' }).click();
  await heading(page, 'Shop');
  assert.deepEqual(asked, ['confirm'], 'unsaved changes are guarded');
  await save(page);
  const [app] = await get('/api/applications?search=%25Shop%25');
  assert.equal(app.description, 'Sells things');
  assert.deepEqual(app.oidcClientMetadata.redirectUris, ['https://shop.example/callback']);
  await accessible(page, 'settings of an application');

  // Another operator was faster: nothing of hers is overwritten.
  await api(server, 'PATCH', `/api/applications/${app.id}`, { token: await admin(server), body: { description: 'Rents things' } });
  await field('Name').fill('Store');
  await button('Save changes').click();
  await page.getByRole('alert').filter({ hasText: 'Someone else changed it meanwhile.' }).waitFor();
  assert.equal((await get(`/api/applications/${app.id}`)).name, 'Shop');
  await page.reload();
  await field('Name').fill('Store');
  await button('Save changes').click();
  await heading(page, 'Store');
  await button('Delete application…').click();
  await button('Delete application').click();
  await heading(page, 'Applications');
  assert.deepEqual(await get('/api/applications?search=%25Store%25'), []);
});

test('API resources: made with a scope', async () => {
  await visit(page, 'API resources');
  await accessible(page, 'resources');
  await button('New API resource').click();
  await field('Name').fill('Orders');
  await field('Identifier').fill('https://orders.example');
  await button('Create API resource').click();
  await heading(page, 'Orders');
  await page.getByRole('heading', { name: 'No scope yet' }).waitFor();
  await button('New scope…').click();
  await page.getByRole('dialog').getByLabel('Name').fill('read:orders');
  await button('Create scope').click();
  await page.getByRole('cell', { name: 'read:orders', exact: true }).waitFor();
  await page.getByLabel('Tokens last').fill('600');
  await page.getByLabel('Tokens are for it when').check();
  await save(page);
  await accessible(page, 'a resource');
  const made = (await get('/api/resources?includeScopes=true')).find(({ name }) => name === 'Orders');
  assert.equal(made.accessTokenTtl, 600);
  assert.equal(made.isDefault, true);
  assert.deepEqual(made.scopes.map(({ name }) => name), ['read:orders']);
});

test('roles: made, given permissions after being told what changes, deleted', async () => {
  const scope = await createScope(server, await createResource(server, { name: 'Things' }), 'read:things');
  await visit(page, 'Roles');
  await accessible(page, 'roles');
  await button('New role').click();
  await field('Name').fill('Reader');
  await field('Description').fill('Reads things');
  await button('Create role').click();
  await heading(page, 'Reader');
  await page.locator('summary').filter({ hasText: 'Things' }).click();
  await page.getByLabel('read:things').check();
  await page.getByText('1 to be added, 0 to be taken away').waitFor();
  await accessible(page, 'permissions');
  await screenshot(page, 'role');
  await button('Save permissions').click();
  await page.getByText('1 to be added').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'General' }).click();
  const [same] = await get('/api/roles?search=%25Reader%25');
  await field('Name').fill('Reader of things');
  await page.getByText('Reader → Reader of things').waitFor();
  await api(server, 'PATCH', `/api/roles/${same.id}`, { token: await admin(server), body: { description: 'Looks at things' } });
  await button('Save changes').click();
  await page.getByText('Reads things → Looks at things').waitFor();
  await button('Take theirs').click();
  await field('Name').waitFor();
  assert.equal(await field('Description').inputValue(), 'Looks at things');
  assert.equal((await get(`/api/roles/${same.id}`)).name, 'Reader', 'nothing is saved over what another one changed');
  const [role] = await get('/api/roles?search=%25Reader%25');
  assert.deepEqual((await get(`/api/roles/${role.id}/scopes`)).map(({ id }) => id), [scope.id]);
  await page.getByRole('link', { name: 'Held by' }).click();
  await page.getByRole('heading', { name: 'Nobody holds it' }).waitFor();
  await accessible(page, 'holders of a role');
  const holder = await createApp(server, { name: 'Given' });
  await button('Give to applications…').click();
  await field('Find').fill(holder.id);
  await page.getByRole('dialog').getByLabel(`Given ${holder.id}`).check();
  await accessible(page, 'giving a role');
  await page.getByRole('dialog').getByRole('button', { name: 'Give', exact: true }).click();
  await page.getByRole('link', { name: 'Given' }).waitFor();
  assert.deepEqual((await get(`/api/applications/${holder.id}/roles`)).map(({ id }) => id), [role.id]);
  await page.getByRole('link', { name: 'General' }).click();
  await button('Delete role…').click();
  await button('Delete role').click();
  await heading(page, 'Roles');
  assert.deepEqual(await get('/api/roles?search=%25Reader%25'), []);
});

test('roles of users do not offer what they cannot hold', async () => {
  const token = await admin(server);
  for (const [path, at] of [['roles', 'roles'], ['organization-roles', 'organization-template']]) {
    for (const type of ['User', 'MachineToMachine']) {
      const name = unique(`${path} of ${type}`);
      const { id } = (await api(server, 'POST', `/api/${path}`, { token, body: { name, description: 'x', type } })).json;
      await page.goto(`${server.adminBase}/console/${at}/${id}`);
      await heading(page, name);
      await button('Save permissions').waitFor();
      assert.equal(await page.locator('main').getByText('Logto Management API', { exact: false }).count() > 0, type !== 'User', name);
      assert.equal(await page.getByText('no role of users holds them').count(), type === 'User' ? 1 : 0, name);
    }
  }
});

test('an application has a look of its own', async () => {
  const app = await createApp(server, { name: 'Plain', type: 'SPA', oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] } });
  await page.goto(`${server.adminBase}/console/applications/${app.id}/branding`);
  await field('Shown name').fill('Handsome');
  await field('Main colour').fill('#006400');
  await accessible(page, 'branding of an application');
  await save(page);
  await field('Terms of use').fill('https://example.com/terms');
  await save(page);
  const looks = await get(`/api/applications/${app.id}/sign-in-experience`);
  assert.deepEqual([looks.displayName, looks.color.primaryColor, looks.termsOfUseUrl], ['Handsome', '#006400', 'https://example.com/terms']);
});

test('users: found, made, given a role, suspended', async () => {
  const other = await createUser(server);
  await api(server, 'POST', '/api/roles', { token: await admin(server), body: { name: 'Customer', description: 'buys', type: 'User' } });
  await visit(page, 'Users');
  await page.getByLabel('Search by').fill(other.username);
  await page.getByRole('link', { name: other.username }).waitFor();
  await accessible(page, 'users');
  await page.locator('summary').filter({ hasText: 'Columns' }).click();
  await field('Email').uncheck();
  await page.getByRole('columnheader', { name: 'Email' }).waitFor({ state: 'detached' });
  assert.match(page.url(), /hide=Email/);
  await page.getByRole('button', { name: 'Last sign-in', exact: true }).click();
  await page.getByRole('columnheader', { name: 'Last sign-in' }).and(page.locator('[aria-sort=ascending]')).waitFor();
  await accessible(page, 'columns that are chosen');
  await page.reload();
  await page.getByRole('columnheader', { name: 'Username' }).waitFor();
  assert.equal(await page.getByRole('columnheader', { name: 'Email' }).count(), 0, 'the address holds it');
  await button('New user').click();
  await field('Username').fill('ada');
  await accessible(page, 'new user');
  await button('Create user').click();
  await heading(page, 'ada');
  await field('Full name').fill('Ada L');
  await button('Save changes').click();
  await heading(page, 'Ada L');
  await page.getByRole('link', { name: 'Roles' }).last().click();
  await button('Give Customer').click();
  await button('Take away Customer').waitFor();
  await accessible(page, 'roles of a user');
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await button('Suspend').click();
  await page.getByText('Suspended', { exact: true }).waitFor();
  await accessible(page, 'a user');
  await screenshot(page, 'user');
  const [user] = await get('/api/users?search=%25ada%25');
  assert.equal(user.isSuspended, true);
  assert.deepEqual((await get(`/api/users/${user.id}/roles`)).map(({ name }) => name), ['Customer']);
});

test('a long name without a blank takes no other column off the screen', async () => {
  const email = `${'a'.repeat(50)}@${'b'.repeat(60)}.example`;
  await createUser(server, { name: 'N'.repeat(128), primaryEmail: email });
  await visit(page, 'Users');
  await page.getByLabel('Search by').fill(email);
  await page.getByRole('cell', { name: email }).waitFor();
  const { x, width } = await page.getByRole('columnheader').last().boundingBox();
  assert.ok(x + width <= page.viewportSize().width, `the last column ends at ${x + width}`);
});

test('audit log: filtered, and an entry whole', async () => {
  await admin(server);
  await visit(page, 'Audit log');
  await field('Event').selectOption('ExchangeTokenBy.ClientCredentials');
  await field('Application ID').fill(server.client.id);
  await page.getByRole('link', { name: 'ExchangeTokenBy.ClientCredentials' }).first().waitFor();
  await accessible(page, 'audit log');
  await page.setViewportSize({ width: 1040, height: 720 });
  const last = await page.getByRole('columnheader').last().boundingBox();
  const room = await page.getByRole('group', { name: 'Audit log' }).boundingBox();
  assert.ok(last.x + last.width <= room.x + room.width + 1, `the last column ends at ${last.x + last.width}`);
  await page.setViewportSize({ width: 1280, height: 900 });
  await screenshot(page, 'logs');
  await page.getByRole('link', { name: 'ExchangeTokenBy.ClientCredentials' }).first().click();
  await heading(page, 'ExchangeTokenBy.ClientCredentials');
  await page.getByText(`"applicationId": "${server.client.id}"`).waitFor();
  // Who changed something is named: here the operator, by the console's own token.
  await visit(page, 'Audit log');
  const [sent] = await Promise.all([page.waitForRequest('**/api/logs?*'), button('Reload').click()]);
  const made = await api(server, 'POST', '/api/resources', { token: sent.headers().authorization.slice(7), body: { name: 'Made by one', indicator: 'https://made.example' } });
  assert.equal(made.status, 201, made.text);
  await page.goto(`${server.adminBase}/console/logs?event=${encodeURIComponent('ManagementApi.POST /api/resources')}`);
  await page.getByRole('cell').getByRole('link', { name: 'operator', exact: true }).first().waitFor();
  await accessible(page, 'an entry of the audit log');
});

test('audit log: what a change replaced, taken back; what someone changed since is shown first', async () => {
  const token = await admin(server);
  const role = (await api(server, 'POST', '/api/roles', { token, body: { name: 'Undone', description: 'first', type: 'User' } })).json;
  const change = async (description) => assert.equal((await api(server, 'PATCH', `/api/roles/${role.id}`, { token, body: { description } })).status, 200);
  const entry = async (key) => (await get(`/api/logs?logKey=${encodeURIComponent(`ManagementApi.${key}`)}`)).at(0);
  const open = async ({ id, key }) => {
    await page.goto(`${server.adminBase}/console/logs/${id}`);
    await heading(page, key);
  };
  await change('second');
  const first = await entry('PATCH /api/roles/:id');
  await open(first);
  await page.getByText('description: first → second').waitFor();
  await accessible(page, 'a change in the audit log');
  await button('Undo…').click();
  await page.getByText('description: second → first').waitFor();
  await accessible(page, 'undoing a change');
  // Another one changes it while the dialog stands there: nothing of that is lost unseen.
  await change('third');
  await button('Undo').click();
  await page.getByRole('alert').filter({ hasText: 'Someone else changed it meanwhile.' }).waitFor();
  await page.getByText('description: second → third').waitFor();
  assert.equal((await get(`/api/roles/${role.id}`)).description, 'third');
  await button('Undo all the same').click();
  await page.getByText('Undone. That is an entry').waitFor();
  assert.equal((await get(`/api/roles/${role.id}`)).description, 'first');
  await open(await entry('PATCH /api/roles/:id'));
  await page.getByText('description: third → first').waitFor();

  const none = async (key, why) => {
    await open(await entry(key));
    await page.getByText(why).waitFor();
    assert.equal(await button('Undo…').count(), 0, key);
  };
  await none('POST /api/roles', 'What was made is deleted on its own page.');
  const hook = (await api(server, 'POST', '/api/hooks', { token, body: { name: 'h', events: ['User.Created'], config: { url: 'https://hook.example' } } })).json;
  await api(server, 'PATCH', `/api/hooks/${hook.id}`, { token, body: { name: 'i', config: { url: 'https://other.example' } } });
  await none('PATCH /api/hooks/:id', 'Secrets are part of it');
  await api(server, 'DELETE', `/api/hooks/${hook.id}`, { token });
  await none('DELETE /api/hooks/:id', 'A deletion cannot be undone');
  await api(server, 'DELETE', `/api/roles/${role.id}`, { token });
  await open(first);
  await button('Undo…').click();
  await page.getByRole('dialog').getByRole('alert').waitFor();
  assert.equal(await button('Undo').isDisabled(), true);
  await page.keyboard.press('Escape');
});

test('signing keys: rotated, and the old one stays until it is deleted', async () => {
  await visit(page, 'Signing keys');
  await accessible(page, 'keys');
  const [before] = await get('/api/configs/oidc/private-keys');
  await button('Rotate…').first().click();
  await accessible(page, 'rotating keys');
  await button('Rotate').click();
  await page.getByText('A new key is in place.').waitFor();
  await button(`Delete key ${before.id}`).waitFor();
  const keys = await get('/api/configs/oidc/private-keys');
  assert.deepEqual(keys.map(({ status }) => status).sort(), ['Current', 'Previous']);
});

test('the keyboard goes to pages; a narrow screen holds them; an unknown address says so', async () => {
  await page.locator('body').press('g');
  await page.keyboard.press('u');
  await heading(page, 'Users');
  await page.getByRole('searchbox').waitFor();
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
  await page.setViewportSize({ width: 360, height: 740 });
  for (const name of ['Applications', 'Workbench', 'API resources', 'Roles', 'Users', 'Audit log', 'Signing keys']) {
    await visit(page, name);
    const [scroll, width] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(scroll <= width, `${name}: ${scroll} of ${width}`);
    const { y } = await page.getByRole('heading', { level: 1, name, exact: true }).boundingBox();
    assert.ok(y < 250, `${name} begins at ${y}: below the pages' names`);
    const link = await page.getByRole('navigation', { name: 'Pages of the console' }).getByRole('link', { name, exact: true }).boundingBox();
    assert.ok(link.x >= 0 && link.x + link.width <= width, `${name} is seen among the pages`);
  }
  await accessible(page, 'a narrow screen');
  await page.goto(`${server.adminBase}/console/nowhere`);
  await heading(page, 'No such page');
  assert.deepEqual(unexpected(page), []);
});
