// Organizations in the console: the template, members with roles, invitations, joining, and settings that two operators change.
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

const call = async (method, path, body) => (await api(server, method, path, { token: await admin(server), body })).json;
const get = (path) => call('GET', path);
const dialog = () => page.getByRole('dialog');
const field = (name) => page.getByLabel(name, { exact: true });
const button = (name) => page.getByRole('button', { name, exact: true });
const part = (name) => page.getByRole('navigation', { name: 'Parts of this page' }).getByRole('link', { name, exact: true });

test('the template: a permission, a role that has it', async () => {
  await visit(page, 'Organization template');
  await page.getByRole('heading', { name: 'No organization role yet' }).waitFor();
  await accessible(page, 'an empty template');
  await button('New permission…').click();
  await dialog().getByLabel('Name').fill('invite:members');
  await accessible(page, 'new permission');
  await button('Create permission').click();
  await page.getByRole('cell', { name: 'invite:members', exact: true }).waitFor();
  await button('New role…').click();
  await dialog().getByLabel('Name').fill('Owner');
  await button('Create role').click();
  await heading(page, 'Owner');
  await page.getByLabel('invite:members').check();
  await page.getByText('To be saved:').waitFor();
  await accessible(page, 'an organization role');
  await save(page, { button: 'Save permissions' });
  const [role] = await get('/api/organization-roles');
  assert.deepEqual(role.scopes.map(({ name }) => name), ['invite:members']);
});

test('an organization: made, members with roles, an application, an invitation', async () => {
  const { username, id } = await createUser(server);
  const app = await createApp(server, { name: 'Robot' });
  await visit(page, 'Organizations');
  await page.getByRole('heading', { name: 'No organization yet' }).waitFor();
  await accessible(page, 'no organization');
  await button('New organization').click();
  await field('Name').fill('Acme');
  await button('Create organization').click();
  await heading(page, 'Acme');
  await button('Add members…').click();
  await dialog().getByLabel('Find').fill(username);
  await dialog().getByLabel(username).check();
  await accessible(page, 'adding members');
  await dialog().getByRole('button', { name: 'Add', exact: true }).click();
  await button(`Roles of ${username}`).click();
  await dialog().getByLabel('Owner').check();
  await button('Save roles').click();
  await page.getByRole('cell', { name: 'Owner', exact: true }).waitFor();
  const [{ id: acme }] = await get('/api/organizations');
  const held = `/api/organizations/${acme}/users/${id}/roles`;
  const [owner] = await get(held);
  await button(`Roles of ${username}`).click();
  await dialog().getByLabel('Owner').uncheck();
  const guest = await call('POST', '/api/organization-roles', { name: 'Guest' });
  await call('PUT', held, { organizationRoleIds: [guest.id] });
  await button('Save roles').click();
  await dialog().getByRole('alert').filter({ hasText: 'Someone else changed it meanwhile.' }).waitFor();
  assert.deepEqual((await get(held)).map(({ name }) => name), ['Guest'], 'what another one saved stays');
  await call('PUT', held, { organizationRoleIds: [owner.id] });
  await call('DELETE', `/api/organization-roles/${guest.id}`);
  await page.keyboard.press('Escape');
  await accessible(page, 'members');
  await screenshot(page, 'organization');
  await part('Applications').click();
  await button('Add applications…').click();
  await dialog().getByLabel(/^Robot/).check();
  await dialog().getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('link', { name: 'Robot' }).waitFor();
  await part('Invitations').click();
  await button('Invite…').click();
  await field('Email').fill('eve@example.com');
  await button('Make invitation').click();
  await page.getByRole('cell', { name: 'eve@example.com', exact: true }).waitFor();
  await accessible(page, 'invitations');
  await button('Revoke the invitation of eve@example.com').click();
  await page.getByText('Revoked', { exact: true }).waitFor();

  const [made] = await get('/api/organizations');
  assert.equal(made.name, 'Acme');
  const members = await get(`/api/organizations/${made.id}/users`);
  assert.deepEqual(members.map((member) => [member.id, member.organizationRoles.map(({ name }) => name)]), [[id, ['Owner']]]);
  assert.deepEqual((await get(`/api/organizations/${made.id}/applications`)).map((row) => row.id), [app.id]);
  assert.deepEqual((await get('/api/organization-invitations')).map(({ status }) => status), ['Revoked']);

  await page.goto(`${server.adminBase}/console/users/${id}/organizations`);
  await page.getByRole('link', { name: 'Acme' }).waitFor();
  await accessible(page, 'organizations of a user');
});

test('settings: what will be saved is said; of two operators nobody overwrites the other unseen', async () => {
  const [{ id }] = await get('/api/organizations');
  await page.goto(`${server.adminBase}/console/organizations/${id}/settings`);
  await heading(page, 'Acme');
  await page.getByLabel('Description').fill('Makes everything');
  await call('PATCH', `/api/organizations/${id}`, { name: 'Acme Corporation' });
  await page.getByRole('region', { name: 'Settings' }).getByRole('button', { name: 'Save changes' }).click();
  await page.getByRole('alert').filter({ hasText: 'Someone else changed it meanwhile.' }).waitFor();
  await page.locator('ins').filter({ hasText: 'Acme Corporation' }).waitFor();
  await page.getByText('Compare what the other one changed').waitFor();
  assert.equal(await page.getByRole('region', { name: 'Settings' }).getByRole('button', { name: 'Save changes' }).isDisabled(), true, 'pressing it again overwrites nobody');
  await accessible(page, 'a conflict');
  await button('Put my changes on top').click();
  await page.getByRole('region', { name: 'Settings' }).getByRole('button', { name: 'Save changes' }).click();
  await heading(page, 'Acme Corporation');
  const saved = await get(`/api/organizations/${id}`);
  assert.equal(saved.name, 'Acme Corporation');
  assert.equal(saved.description, 'Makes everything');

  await field('Email domains').fill('acme.example');
  await field('Owner').check();
  await save(page, { within: page.getByRole('region', { name: 'Joining by itself' }) });
  assert.deepEqual((await get(`/api/organizations/${id}/jit/email-domains`)).map(({ emailDomain }) => emailDomain), ['acme.example']);
  assert.equal((await get(`/api/organizations/${id}/jit/roles`)).length, 1);
  await accessible(page, 'settings of an organization');

  // Of two requests the second is refused: what the first one saved is no change of the other operator.
  const guest = await call('POST', '/api/organization-roles', { name: 'Guest' });
  const [owner] = (await get('/api/organization-roles')).filter(({ name }) => name === 'Owner');
  await page.reload();
  const joining = page.getByRole('region', { name: 'Joining by itself' });
  await field('Email domains').fill('other.example\nacme.example');
  await field('Guest').check();
  await call('PUT', `/api/organizations/${id}/jit/roles`, { organizationRoleIds: [] });
  await joining.getByRole('button', { name: 'Save changes' }).click();
  await joining.getByText('What the other one changed:').waitFor();
  assert.equal(await joining.locator('.changes li').count(), 1);
  assert.equal((await get(`/api/organizations/${id}/jit/email-domains`)).length, 2);
  await button('Put my changes on top').click();
  await joining.getByText('To be saved:').waitFor();
  assert.equal(await joining.locator('.changes li').count(), 1);
  await joining.getByRole('button', { name: 'Save changes' }).click();
  await joining.getByText('To be saved:').waitFor({ state: 'detached' });
  assert.deepEqual((await get(`/api/organizations/${id}/jit/roles`)).map((role) => role.id).sort(), [guest.id, owner.id].sort());

  await button('Delete organization…').click();
  await page.getByText('1 memberships').waitFor();
  await accessible(page, 'deleting an organization');
  await dialog().getByRole('button', { name: 'Delete organization' }).click();
  await heading(page, 'Organizations');
  assert.deepEqual(await get('/api/organizations'), []);
  assert.deepEqual(unexpected(page), []);
});
