// The console's pages of settings: webhooks, connectors, sign-in experience, second factors, security, tenant, custom JWT; and the dashboard.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { api, token } from '../lib/api.js';
import { authorizeUrl, Browser, createClient, createUser, pkce } from '../lib/browser.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { accessible, heading, launch, save, screenshot, signedIn, unexpected, visit } from './support.js';

let server, browser, page, receiver;
const taken = [];
before(async () => {
  receiver = http.createServer((request, response) => {
    taken.push(request.headers['logto-signature-sha-256']);
    response.end();
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  server = await startServer({ env: { SIGNET_HOOK_PRIVATE_ADDRESSES: 'true' } });
  browser = await launch();
  page = await signedIn(browser, server, 'operator');
  page.on('dialog', (asked) => asked.accept());
});
after(async () => {
  await browser?.close();
  await server.stop();
  receiver.close();
});

const get = async (path) => (await api(server, 'GET', path, { token: await admin(server) })).json;
const dialog = () => page.getByRole('dialog');
const button = (name) => page.getByRole('button', { name, exact: true });
const card = (name) => page.getByRole('region', { name, exact: true });
const part = (name) => page.getByRole('navigation', { name: 'Parts of this page' }).getByRole('link', { name, exact: true });
const saved = (name, what) => save(page, { within: card(name), button: what });

test('webhooks: made, changed, tried, given a new key, deleted', async () => {
  await visit(page, 'Webhooks');
  await page.getByRole('heading', { name: 'No webhook yet' }).waitFor();
  await accessible(page, 'no webhook');
  await button('New webhook').click();
  await dialog().getByLabel('Name').fill('Mail');
  await dialog().getByLabel('Endpoint URL').fill(`http://127.0.0.1:${receiver.address().port}/hook`);
  await dialog().getByLabel('User.Created', { exact: true }).check();
  await accessible(page, 'new webhook');
  await button('Create webhook').click();
  await heading(page, 'Mail');
  await page.getByLabel('User.Deleted', { exact: true }).check();
  await saved('Settings');
  const [hook] = await get('/api/hooks');
  assert.deepEqual(hook.events, ['User.Created', 'User.Deleted']);
  server.secrets.add(hook.signingKey);
  await button('Send a test request').click();
  await page.getByText('The endpoint took it.').waitFor();
  assert.match(taken[0], /^[0-9a-f]{64}$/);
  await accessible(page, 'a webhook');
  await screenshot(page, 'webhook');
  await button('New signing key…').click();
  await button('Make a new key').click();
  await page.getByText('A new key is in place.').waitFor();
  const [renewed] = await get('/api/hooks');
  assert.notEqual(renewed.signingKey, hook.signingKey);
  server.secrets.add(renewed.signingKey);

  await api(server, 'POST', '/api/users', { token: await admin(server), body: { username: 'heard' } });
  await part('Deliveries').click();
  while (!(await get(`/api/hooks/${hook.id}/recent-logs`)).some(({ key }) => key === 'TriggerHook.User.Created'));
  await button('Reload').click();
  await page.locator('summary').filter({ hasText: 'Request and answer' }).first().click();
  await page.getByText('"username": "heard"').first().waitFor();
  await accessible(page, 'deliveries');
  const again = once(receiver, 'request');
  await page.getByRole('button', { name: /^Deliver again/ }).first().click();
  await page.getByText('It is delivered again').waitFor();
  await again;
  await button('Delete webhook…').click();
  await page.getByText(/\d+ deliveries of the last day/).waitFor();
  await dialog().getByRole('button', { name: 'Delete webhook' }).click();
  await heading(page, 'Webhooks');
  assert.deepEqual(await get('/api/hooks'), []);
});

test('connectors: the form is what the kind asks for', async () => {
  await visit(page, 'Connectors');
  await accessible(page, 'connectors');
  await page.getByRole('link', { name: /^GitHub ?: set up$/ }).click();
  await page.getByLabel('Client ID').fill('our-client');
  await button('Create connector').click();
  assert.equal((await get('/api/connectors')).length, 0, 'a required field is missing');
  await page.getByLabel('Client Secret').fill('hub-secret-value');
  await accessible(page, 'a new connector');
  await button('Create connector').click();
  await heading(page, 'GitHub');
  server.secrets.add('hub-secret-value');
  await page.getByText(`${server.base}/callback/`).waitFor();
  await page.getByLabel('Scope').fill('read:user user:email');
  await saved('Settings');
  await accessible(page, 'a connector');
  const [connector] = await get('/api/connectors');
  assert.equal(connector.config.clientId, 'our-client');
  assert.equal(connector.config.scope, 'read:user user:email');
  await button('Delete connector…').click();
  await dialog().getByRole('button', { name: 'Delete connector' }).click();
  await heading(page, 'Connectors');
  assert.deepEqual(await get('/api/connectors'), []);
});

test('email templates: one for a purpose and language, changed by two, deleted', async () => {
  await visit(page, 'Email templates');
  await page.getByRole('heading', { name: 'No email template yet' }).waitFor();
  const create = async (subject) => {
    await button('New email template').click();
    await dialog().getByLabel('Purpose').selectOption('Code for registering');
    await dialog().getByLabel('Language').fill('de');
    await dialog().getByLabel('Subject').fill(subject);
    await dialog().getByLabel('Text').fill('Code: {{code}}');
    if (subject === 'Willkommen') await accessible(page, 'a new email template');
    await button('Create template').click();
  };
  await create('Willkommen');
  await heading(page, 'Code for registering');
  await accessible(page, 'an email template');
  const [made] = await get('/api/email-templates');
  assert.deepEqual([made.languageTag, made.templateType, made.details], ['de', 'Register', { subject: 'Willkommen', content: 'Code: {{code}}' }]);
  await page.getByLabel('Kind').selectOption('text/plain');
  await api(server, 'PATCH', `/api/email-templates/${made.id}/details`, { token: await admin(server), body: { subject: 'Hallo' } });
  await button('Save changes').click();
  await page.getByText('What the other one changed:').waitFor();
  await button('Put my changes on top').click();
  await saved('Settings');
  assert.deepEqual((await get(`/api/email-templates/${made.id}`)).details, { subject: 'Hallo', content: 'Code: {{code}}', contentType: 'text/plain' });

  await page.getByRole('link', { name: '← Email templates' }).click();
  await page.getByRole('cell', { name: 'Hallo', exact: true }).waitFor();
  await accessible(page, 'email templates');
  await create('Noch eins');
  await dialog().getByRole('alert').filter({ hasText: 'There is one for it in this language already' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal((await get('/api/email-templates')).length, 1);
  await page.getByRole('link', { name: 'Code for registering' }).click();
  await button('Delete template…').click();
  await dialog().getByRole('button', { name: 'Delete template' }).click();
  await page.getByRole('heading', { name: 'No email template yet' }).waitFor();
  assert.deepEqual(await get('/api/email-templates'), []);
});

test('an application that speaks SAML has its own settings and certificates, and is deleted', async () => {
  const send = async (method, path, body) => (await api(server, method, `/api/saml-applications${path}`, { token: await admin(server), body })).json;
  const { id } = await send('POST', '', { name: 'Payroll' });
  await page.goto(`${server.adminBase}/console/applications/${id}`);
  await heading(page, 'Payroll');
  await page.getByText(`${server.base}/api/saml-applications/${id}/metadata`).waitFor();
  await page.getByLabel('Assertion consumer service').fill('https://payroll.example/acs');
  await page.getByLabel('Entity ID of the service').fill('payroll');
  await page.getByLabel('Attributes').fill('{"email": "mail"}');
  await page.getByLabel('Assertions are encrypted').check();
  await page.getByLabel('Certificate of the service').fill('a certificate');
  await accessible(page, 'a SAML application');
  await saved('Settings');
  const { acsUrl, entityId, attributeMapping, encryption } = await send('GET', `/${id}`);
  assert.deepEqual([acsUrl.url, entityId, attributeMapping, encryption], ['https://payroll.example/acs', 'payroll', { email: 'mail' }, { encryptAssertion: true, encryptThenSign: false, certificate: 'a certificate' }]);
  // What is typed before the saved values have come again is not lost.
  await page.getByLabel('Entity ID of the service').fill('payroll 2');
  const address = `**/api/saml-applications/${id}`;
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(address, async (route) => {
    if (route.request().method() === 'GET') await held;
    await route.continue();
  });
  const come = page.waitForResponse((response) => response.request().method() === 'GET' && response.url().endsWith(id));
  await saved('Settings');
  await page.getByLabel('Assertion consumer service').fill('');
  release();
  await (await come).finished();
  await page.unroute(address);
  await page.getByLabel('Assertions are encrypted').uncheck();
  await saved('Settings');
  const emptied = await send('GET', `/${id}`);
  assert.deepEqual([emptied.acsUrl, emptied.encryption, emptied.entityId], [null, null, 'payroll 2']);

  await part('Certificates').click();
  const [first] = await send('GET', `/${id}/secrets`);
  await button('New certificate').click();
  await page.getByRole('cell', { name: 'Idle' }).waitFor();
  await accessible(page, 'certificates');
  await page.getByRole('button', { name: /^Use / }).click();
  await button(`Delete ${first.id}`).click();
  await button('Delete certificate').click();
  await button(`Delete ${first.id}`).waitFor({ state: 'detached' });
  const left = await send('GET', `/${id}/secrets`);
  assert.deepEqual(left.map(({ active, id: each }) => [active, each !== first.id]), [[true, true]]);

  await part('Settings').click();
  await button('Delete application…').click();
  await button('Delete application').click();
  await heading(page, 'Applications');
  assert.equal((await send('GET', `/${id}`)).code, 'entity.not_exists_with_id');
});

test('enterprise SSO: a company is connected, what its provider needs is shown, a conflict is settled, deleted', async () => {
  await visit(page, 'Enterprise SSO');
  await page.getByRole('heading', { name: 'No enterprise connector yet' }).waitFor();
  await accessible(page, 'enterprise SSO');
  await page.getByRole('link', { name: /^Okta/ }).click();
  await page.getByLabel('Name', { exact: true }).fill('Acme');
  await page.getByLabel('Email domains').fill('acme.example');
  await page.getByLabel('Issuer').fill('https://acme.okta.example');
  await page.getByLabel('Client ID').fill('acme-client');
  await page.getByLabel('Client Secret').fill('acme-secret-value');
  server.secrets.add('acme-secret-value');
  await accessible(page, 'a new enterprise connector');
  await button('Create connector').click();
  await heading(page, 'Acme');
  const [made] = await get('/api/sso-connectors');
  assert.deepEqual(made.domains, ['acme.example']);
  assert.equal(made.config.issuer, 'https://acme.okta.example');
  await page.getByText(`${server.base}/callback/${made.id}`).waitFor();
  await accessible(page, 'an enterprise connector');

  const saml = (await api(server, 'POST', '/api/sso-connectors', { token: await admin(server), body: { providerName: 'SAML', connectorName: 'Old times' } })).json;
  for (const address of ['new/SAML', saml.id]) {
    await page.goto(`${server.adminBase}/console/enterprise-sso/${address}`);
    await page.getByText('Nobody can sign in by SAML yet').waitFor();
    await page.getByLabel('Metadata URL').waitFor();
    assert.equal(await page.getByText('Enter these there.').count(), 0);
  }
  await api(server, 'DELETE', `/api/sso-connectors/${saml.id}`, { token: await admin(server) });
  await page.goto(`${server.adminBase}/console/enterprise-sso/${made.id}`);

  await page.getByLabel('Name on the button').fill('Acme staff');
  await api(server, 'PATCH', `/api/sso-connectors/${made.id}`, { token: await admin(server), body: { syncProfile: true } });
  await button('Save changes').click();
  await page.getByText('What the other one changed:').waitFor();
  await button('Put my changes on top').click();
  await saved('Settings');
  const changed = await get(`/api/sso-connectors/${made.id}`);
  assert.deepEqual([changed.syncProfile, changed.branding.displayName, changed.config.clientSecret], [true, 'Acme staff', 'acme-secret-value']);

  await page.getByRole('link', { name: '← Enterprise SSO' }).click();
  await button('Turn it on').click();
  await button('Turn it on').waitFor({ state: 'detached' });
  assert.equal((await get('/api/sign-in-exp')).singleSignOnEnabled, true);
  await page.getByLabel('Search by name and domain').fill('nobody');
  await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
  await page.getByLabel('Search by name and domain').fill('acme.ex');
  await page.getByRole('link', { name: 'Acme', exact: true }).click();
  await button('Delete connector…').click();
  await dialog().getByRole('button', { name: 'Delete connector' }).click();
  await heading(page, 'Enterprise SSO');
  assert.deepEqual(await get('/api/sso-connectors'), []);
});

test('sign-in experience: the preview follows what is not saved yet; saved by part', async () => {
  await visit(page, 'Sign-in experience');
  const preview = page.locator('[data-preview]');
  await page.getByLabel('Main colour', { exact: true }).fill('#006400');
  const color = (wanted) => page.waitForFunction((value) => getComputedStyle(document.querySelector('[data-preview]').shadowRoot.querySelector('button')).backgroundColor === value, wanted);
  await color('rgb(0, 100, 0)');
  await page.getByLabel('Custom CSS').fill('button { background: rgb(1, 2, 3); }');
  await color('rgb(1, 2, 3)');
  await page.getByLabel('Custom CSS').fill('');
  await accessible(page, 'branding');
  await screenshot(page, 'sign-in-experience');
  await saved('Branding');
  const before = await get('/api/sign-in-exp');
  assert.equal(before.color.primaryColor, '#006400');

  await part('Sign-up and sign-in').click();
  await page.getByLabel('Email signs in').check();
  await page.getByLabel('Email: with the password').check();
  await card('Sign-up and sign-in').getByLabel('Code by email').check();
  await button('Save changes').click();
  await page.getByRole('alert').filter({ hasText: 'needs a connector (email)' }).waitFor();
  const mail = (await api(server, 'POST', '/api/connectors', { token: await admin(server), body: { connectorId: 'http-email', config: { endpoint: 'https://mail.example' } } })).json;
  await preview.getByText('Username, Email').waitFor();
  await accessible(page, 'ways to sign in');
  await saved('Sign-up and sign-in');
  assert.deepEqual((await get('/api/sign-in-exp')).signIn.methods.map(({ identifier, password }) => [identifier, password]), [['username', true], ['email', true]]);

  assert.deepEqual((await get('/api/sign-in-exp')).forgotPasswordMethods, ['EmailVerificationCode']);
  await api(server, 'DELETE', `/api/connectors/${mail.id}`, { token: await admin(server) });

  for (const name of ['Email', 'Phone']) await button(`Add ${name}`).click();
  await button('Move Phone up').click();
  await page.locator('ins').filter({ hasText: '["username","phone","email"]' }).waitFor();
  await button('Take Phone out').click();
  await page.locator('ins').filter({ hasText: '["username","email"]' }).waitFor();
  await button('Discard').click();
  await page.locator('ins').first().waitFor({ state: 'detached' });

  await part('Collect user profile').click();
  for (const [key, label, kind] of [['birthdate', 'Born on', 'Date'], ['size', 'T-shirt', 'Choice']]) {
    await button('New field…').click();
    await page.getByLabel('Key').fill(key);
    await page.getByLabel('Shown name').fill(label);
    await page.getByLabel('Kind').selectOption(kind);
    if (kind === 'Choice') {
      for (const nothing of ['', ' \n']) {
        await page.getByLabel('Choices').fill(nothing);
        await page.waitForFunction(() => !document.querySelector('dialog textarea').checkValidity());
      }
      await page.getByLabel('Choices').fill('s = Small\nl = Large');
    }
    await accessible(page, 'a new field of the profile');
    await button('Add field').click();
    await page.getByRole('cell', { name: label, exact: true }).waitFor();
  }
  await button('Move T-shirt up').click();
  await button('Move Born on up').waitFor();
  assert.deepEqual((await get('/api/custom-profile-fields')).map(({ name }) => name), ['size', 'birthdate']);
  await button('Change T-shirt').click();
  assert.equal(await page.getByLabel('Choices').inputValue(), 's = Small\nl = Large');
  await page.getByLabel('It has to be filled in').check();
  await button('Save field').click();
  await page.getByRole('cell', { name: 'Yes', exact: true }).waitFor();
  await button('Delete Born on').click();
  await button('Delete field').click();
  await page.getByRole('cell', { name: 'Born on', exact: true }).waitFor({ state: 'detached' });
  const [field] = await get('/api/custom-profile-fields');
  assert.deepEqual([field.required, field.config.options[1]], [true, { value: 'l', label: 'Large' }]);
  await accessible(page, 'fields of the profile');

  await part('Content').click();
  await page.getByLabel('Terms of use').fill('https://example.com/terms');
  await saved('Content');
  await part('Languages').click();
  await page.getByRole('textbox', { name: 'Language', exact: true }).fill('de');
  await page.getByLabel('Phrases', { exact: true }).fill('{"action": {"sign_in": "Hereinspaziert"}}');
  await accessible(page, 'languages');
  await saved('Phrases of the pages', 'Save phrases');
  assert.equal((await get('/api/sign-in-exp')).termsOfUseUrl, 'https://example.com/terms');
  assert.equal((await get('/api/custom-phrases/de')).translation.action.sign_in, 'Hereinspaziert');
});

test('second factors and security', async () => {
  await visit(page, 'Multi-factor auth');
  await page.getByLabel('Authenticator app').check();
  await page.getByLabel('Whether they are needed').selectOption('Mandatory');
  await accessible(page, 'second factors');
  await saved('Second factors');
  assert.deepEqual((({ factors, policy }) => [factors, policy])((await get('/api/sign-in-exp')).mfa), [['Totp'], 'Mandatory']);

  // What holds without being set is shown as that, and stays unset when something else is saved.
  assert.equal(await page.getByLabel('In organizations that need one').inputValue(), 'NoPrompt');
  await visit(page, 'Security');
  for (const [label, value] of [['Characters at least', '8'], ['Kinds of characters', '1'], ['Failed attempts', '100'], ['Minutes it stays', '60'], ['Seconds that a code', '600'], ['Wrong tries', '10']]) assert.equal(await page.getByLabel(label).first().inputValue(), value, label);
  for (const label of ['Refuse passwords that', 'Refuse repetitions', 'Refuse what is known']) assert.equal(await page.getByLabel(label).isChecked(), true, label);
  await page.getByLabel('Characters at least', { exact: true }).fill('12');
  await saved('Password policy');
  await page.getByLabel('Failed attempts until it is locked').fill('7');
  await saved('Lockout');
  await page.getByLabel('Length at least').fill('3');
  await page.getByLabel('Small and capital letters differ').uncheck();
  await saved('Usernames');
  const { minLength, maxLength, caseSensitive } = (await get('/api/sign-in-exp')).usernamePolicy;
  assert.deepEqual([minLength, maxLength, caseSensitive], [3, 128, false]);
  await accessible(page, 'security');
  await page.getByLabel('Site key').fill('site');
  await page.getByLabel('Secret key').fill('captcha-secret-value');
  server.secrets.add('captcha-secret-value');
  await saved('Captcha provider');
  await button('Remove captcha provider…').click();
  await button('Remove').click();
  await page.getByText('None is set up yet.').waitFor();
  const { passwordPolicy, sentinelPolicy } = await get('/api/sign-in-exp');
  assert.equal(passwordPolicy.length.min, 12);
  assert.equal(sentinelPolicy.maxAttempts, 7);
});

test('somebody who is locked may try again after a click', async () => {
  const user = await createUser(server);
  await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body: { sentinelPolicy: { maxAttempts: 2, lockoutDuration: 10 } } });
  const client = await createClient(server);
  const attempt = async (password) => {
    const visitor = new Browser(server);
    await visitor.page(authorizeUrl(client, pkce()));
    await visitor.step('PUT', '', { interactionEvent: 'SignIn' });
    return visitor.step('POST', '/verification/password', { identifier: { type: 'username', value: user.username }, password });
  };
  for (let count = 0; count < 2; count += 1) await attempt('wrong');
  assert.equal((await attempt(user.password)).json.code, 'session.verification_blocked_too_many_attempts');
  await visit(page, 'Security');
  await page.getByLabel('Locked username').fill(user.username);
  await button('Unlock').click();
  await page.getByText(`${user.username} may try again.`).waitFor();
  assert.equal((await attempt(user.password)).status, 200);
});

test('tenant settings and custom JWT', async () => {
  await visit(page, 'Tenant settings');
  await page.getByLabel('A sign-in lasts, in seconds').fill('86400');
  await saved('Sessions');
  assert.equal((await get('/api/configs/oidc/session')).ttl, 86400);
  await accessible(page, 'tenant settings');

  await part('Account center').click();
  await page.getByLabel('Users may see').check();
  await page.getByLabel('Full name').selectOption('Shown and changed');
  await page.getByLabel('Other origins of passkeys').fill('https://app.example');
  await page.getByLabel('Page where users delete').fill('https://app.example/delete');
  await accessible(page, 'account center');
  await saved('Account center');
  const center = await get('/api/account-center');
  assert.deepEqual([center.enabled, center.fields.name, center.webauthnRelatedOrigins, center.deleteAccountUrl], [true, 'Edit', ['https://app.example'], 'https://app.example/delete']);
  await api(server, 'PATCH', '/api/account-center', { token: await admin(server), body: { enabled: false } });

  // What the page says about domains is what the API does.
  await part('Domains').click();
  await card('Addresses of this server').getByText(server.base, { exact: true }).waitFor();
  await card('Addresses of this server').getByText(`${server.base}/oidc`, { exact: true }).waitFor();
  await card('Addresses of this server').getByText('is reached without TLS').waitFor();
  await card('Domains of your own').getByText('This server keeps no list of domains').waitFor();
  const refused = await api(server, 'POST', '/api/domains', { token: await admin(server), body: { domain: 'auth.example.com' } });
  assert.equal(refused.json.code, 'domain.not_configured');
  assert.deepEqual(await get('/api/domains'), []);
  for (const setting of ['ENDPOINT', 'ADMIN_ENDPOINT', 'TRUST_PROXY_HEADER', 'SIGNET_TRUSTED_PROXIES']) await card('Domains of your own').getByText(new RegExp(`\\b${setting}\\b`)).first().waitFor();
  await accessible(page, 'domains');

  await visit(page, 'Custom JWT');
  await page.getByRole('textbox', { name: 'Script', exact: true }).fill('const getCustomJwtClaims = async () => ({ plan: "free" });');
  await accessible(page, 'custom JWT');
  await button('Run the script').click();
  await page.getByRole('alert').or(page.getByText('"plan": "free"')).first().waitFor();
  await saved('Script', 'Save script');
  await button('Delete script…').waitFor();
  assert.match((await get('/api/configs/jwt-customizer/access-token')).script, /plan/);
  await button('Delete script…').click();
  await dialog().getByRole('button', { name: 'Delete script' }).click();
  await page.getByText('There is none yet').waitFor();

  await part('ID tokens').click();
  await page.getByLabel('Linked accounts').check();
  await page.getByLabel('Roles', { exact: true }).uncheck();
  await accessible(page, 'claims of ID tokens');
  await saved('ID tokens');
  assert.deepEqual((await get('/api/configs/id-token')).enabledExtendedClaims.sort(), ['identities', 'organization_roles', 'organizations']);
});

test('the dashboard: charts that are tables too, who asks most, what was refused', async () => {
  await token(server);
  await api(server, 'POST', '/oidc/token', { body: new URLSearchParams({ grant_type: 'client_credentials', client_id: server.client.id, client_secret: 'wrong' }) });
  await visit(page, 'Dashboard');
  await card('Refusals by cause').getByRole('cell', { name: 'invalid_client' }).waitFor();
  await screenshot(page, 'dashboard');
  await page.getByLabel('Time').selectOption('Last 7 days');
  assert.match(page.url(), /days=7/);
  for (const title of ['Tokens a day', 'Refusals a day']) {
    await card(title).getByText(/^\d+ in 7 days, \d+ at most on one$/).waitFor();
    await card(title).locator('summary').click();
    const cells = card(title).getByRole('cell');
    await cells.last().waitFor();
    assert.ok(Number(await cells.last().textContent()) >= 1, title);
  }
  await card('Busiest applications').getByRole('link').first().waitFor();
  await accessible(page, 'dashboard');
  assert.deepEqual(unexpected(page).filter((text) => !/status of 501|ERR_NAME_NOT_RESOLVED/.test(text)), [], 'but the logo, which is elsewhere');
});
