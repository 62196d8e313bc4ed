// Operators in the console: several, and one who may only look.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD } from '../lib/browser.js';
import { startServer } from '../lib/server.js';
import { accessible, enter, heading, invitation, launch, open, screenshot, signedIn, unexpected, visit } from './support.js';

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server.stop();
});

test('an operator who may only look: invited, sets a password, signs in, sees everything, changes nothing', async () => {
  const page = await signedIn(browser, server, 'chief');
  await visit(page, 'Operators');
  await accessible(page, 'operators');
  await page.getByRole('button', { name: 'Invite an operator' }).click();
  await page.getByLabel('Username').fill('guest');
  await accessible(page, 'inviting an operator');
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  const link = page.locator('.notice code');
  const first = await link.textContent();
  await page.getByRole('cell', { name: 'Read only' }).waitFor();
  await page.getByText('invited until').waitFor();
  await page.getByRole('button', { name: 'New link for guest' }).click();
  await accessible(page, 'a new link');
  await page.getByRole('button', { name: 'Make the link' }).click();
  await link.filter({ hasNotText: first }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const second = await link.textContent();
  for (const each of [first, second]) server.secrets.add(new URL(each).searchParams.get('token'));

  const other = await open(browser);
  await other.goto(first);
  await heading(other, 'This invitation is not valid any more');
  await other.goto(second);
  await other.getByText('guest', { exact: true }).waitFor();
  await accessible(other, 'page of an invitation');
  await other.getByLabel('New password').fill(PASSWORD);
  await other.getByRole('button', { name: 'Set the password' }).click();
  await other.getByRole('link', { name: 'Sign in' }).click();
  await enter(other, 'guest');
  await other.keyboard.press('Enter');
  await other.getByText('Your role lets you look').waitFor();
  await visit(other, 'Users');
  const create = other.getByRole('button', { name: 'New user' });
  assert.equal(await create.isDisabled(), true);
  assert.equal(await create.getAttribute('title'), 'You may look, not change: ask an operator with full access.');
  await accessible(other, 'an operator who may only look');
  await visit(other, 'Operators');
  assert.equal(await other.getByRole('button', { name: 'Invite an operator' }).isDisabled(), true);

  await page.getByRole('button', { name: 'Give full access to guest' }).click();
  await page.getByRole('button', { name: 'Make read only: guest' }).waitFor();
  await accessible(page, 'several operators');
  await page.getByRole('button', { name: 'Delete guest' }).click();
  await page.getByRole('button', { name: 'Delete operator' }).click();
  await page.getByRole('button', { name: 'Delete guest' }).waitFor({ state: 'detached' });
  await heading(page, 'Operators');
  assert.deepEqual([...unexpected(page), ...unexpected(other)], []);
});

const AUTHENTICATOR = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };

async function withPasskeys(page) {
  const device = await page.context().newCDPSession(page);
  await device.send('WebAuthn.enable');
  await device.send('WebAuthn.addVirtualAuthenticator', { options: AUTHENTICATOR });
}

test('the first visit with a passkey alone; another operator is let in by one as well', async () => {
  const visitor = async (link) => {
    const page = await open(browser);
    await page.goto(link);
    await page.getByRole('button', { name: 'Use a passkey instead of a password' }).waitFor();
    return page;
  };
  const page = await visitor(await invitation(server));
  await page.getByLabel('Username').fill('keyed');
  await page.evaluate(() => (navigator.credentials.create = () => Promise.reject(new Error('declined'))));
  await page.getByRole('button', { name: 'Use a passkey instead of a password' }).click();
  await page.getByRole('alert').getByText('The passkey could not be verified.').waitFor();
  await page.evaluate(() => delete navigator.credentials.create);
  await withPasskeys(page);
  await page.getByRole('button', { name: 'Use a passkey instead of a password' }).click();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await visit(page, 'Operators');
  await page.getByText('This passkey is your only way in').waitFor();
  await accessible(page, 'an operator with a passkey alone');
  await page.getByRole('button', { name: 'Invite an operator' }).click();
  await page.getByLabel('Username').fill('second_key');
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  const link = await page.locator('.notice code').textContent();
  server.secrets.add(new URL(link).searchParams.get('token'));

  const other = await visitor(link);
  await withPasskeys(other);
  await other.getByRole('button', { name: 'Use a passkey instead of a password' }).click();
  await other.getByRole('link', { name: 'Sign in' }).click();
  await other.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await other.getByText('Your role lets you look').waitFor();
  assert.deepEqual([...unexpected(page), ...unexpected(other)], []);
});

test('an operator adds a passkey, which signs in; a new link by another ends it', async () => {
  const page = await signedIn(browser, server, 'keeper');
  await withPasskeys(page);
  const button = (name) => page.getByRole('button', { name, exact: true });
  const add = async (name) => {
    await button('Add a passkey…').click();
    await page.getByLabel('Your password').fill(PASSWORD);
    await page.getByLabel('Name of the passkey').fill(name);
    if (name === 'Laptop') await accessible(page, 'adding a passkey');
    await button('Add passkey').click();
  };
  await visit(page, 'Operators');
  await page.getByRole('heading', { name: 'No passkey' }).waitFor();
  await add('Laptop');
  await page.getByRole('cell', { name: 'Laptop', exact: true }).waitFor();
  await accessible(page, 'passkeys');
  await screenshot(page, 'operators');
  await add('The same device');
  await page.getByRole('alert').getByText('The browser made no passkey').waitFor();
  await page.keyboard.press('Escape');

  const signOutAndBack = async () => {
    await page.context().clearCookies();
    await page.goto(`${server.adminBase}/console/operators`);
  };
  await signOutAndBack();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await heading(page, 'Operators');
  await signOutAndBack();
  await enter(page, 'keeper');
  await page.keyboard.press('Enter');
  await page.getByText('Use the passkey of this device').waitFor();

  const chief = await signedIn(browser, server, 'rescuer');
  await visit(chief, 'Operators');
  await chief.getByRole('button', { name: 'New link for keeper' }).click();
  await chief.getByRole('button', { name: 'Make the link' }).click();
  const link = await chief.locator('.notice code').textContent();
  server.secrets.add(new URL(link).searchParams.get('token'));
  await page.goto(link);
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await enter(page, 'keeper');
  await page.keyboard.press('Enter');
  await visit(page, 'Operators');
  await page.getByRole('heading', { name: 'No passkey' }).waitFor();
  assert.deepEqual([...unexpected(page), ...unexpected(chief)], []);
});
