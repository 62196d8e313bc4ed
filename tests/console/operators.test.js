// Operators in the console: several, and one who may only look.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.js';
import { accessible, heading, launch, open, signedIn, unexpected, visit } from './support.js';

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server.stop();
});

test('an operator who may only look: made, signs in, sees everything, changes nothing', async () => {
  const page = await signedIn(browser, server, 'chief');
  await visit(page, 'Operators');
  await accessible(page, 'operators');
  await page.getByRole('button', { name: 'New operator' }).click();
  await page.getByLabel('Username').fill('guest');
  await accessible(page, 'new operator');
  await page.getByRole('button', { name: 'Create operator' }).click();
  const password = await page.locator('.notice code').textContent();
  server.secrets.add(password);
  await page.getByRole('cell', { name: 'Read only' }).waitFor();

  const other = await open(browser);
  await other.goto(`${server.adminBase}/console`);
  await other.getByLabel('Username').fill('guest');
  await other.getByLabel('Password').fill(password);
  await other.keyboard.press('Enter');
  await other.getByText('Your role lets you look').waitFor();
  await visit(other, 'Users');
  await other.getByRole('button', { name: 'New user' }).click();
  const create = other.getByRole('dialog').getByRole('button', { name: 'Create user' });
  assert.equal(await create.isDisabled(), true);
  await accessible(other, 'an operator who may only look');
  await visit(other, 'Operators');
  assert.equal(await other.getByRole('button', { name: 'New operator' }).isDisabled(), true);

  await page.getByRole('button', { name: 'Give guest full access' }).click();
  await page.getByRole('button', { name: 'Give guest read access' }).waitFor();
  await page.getByRole('button', { name: 'Delete guest' }).click();
  await page.getByRole('button', { name: 'Delete operator' }).click();
  await page.getByRole('button', { name: 'Delete guest' }).waitFor({ state: 'detached' });
  await heading(page, 'Operators');
  assert.deepEqual([...unexpected(page), ...unexpected(other)], []);
});
