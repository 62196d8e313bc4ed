// An operator who may only look, on every page of the console: nothing there changes anything.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { PASSWORD, createUser } from '../lib/browser.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { entered, launch, signedIn, visit } from './support.js';

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server.stop();
});

/** One thing of each kind, so that no page is empty. */
async function furnish() {
  const make = async (method, path, body) => {
    const answer = await api(server, method, `/api/${path}`, { token: await admin(server), body });
    assert.ok(answer.status < 300, `${path}: ${answer.text}`);
    return answer.json;
  };
  const user = await createUser(server);
  await make('POST', `users/${user.id}/personal-access-tokens`, { name: 'one' });
  const role = await make('POST', 'roles', { name: 'Customer', description: 'buys', type: 'User' });
  await make('POST', `users/${user.id}/roles`, { roleIds: [role.id] });
  const resource = await make('POST', 'resources', { name: 'Orders', indicator: 'https://orders.example' });
  await make('POST', `resources/${resource.id}/scopes`, { name: 'read:orders' });
  const organization = await make('POST', 'organizations', { name: 'Acme' });
  await make('POST', `organizations/${organization.id}/users`, { userIds: [user.id] });
  await make('POST', 'organization-roles', { name: 'Owner' });
  await make('POST', 'organization-scopes', { name: 'invite' });
  await make('POST', 'organization-invitations', { organizationId: organization.id, invitee: 'guest@example.com', expiresAt: Date.now() + 1e6, messagePayload: false });
  await make('POST', 'hooks', { name: 'one', events: ['User.Created'], config: { url: 'https://hook.example' } });
  await make('POST', 'connectors', { connectorId: 'http-email', config: { endpoint: 'https://mail.example' } });
  await make('POST', 'sso-connectors', { providerName: 'OIDC', connectorName: 'one', config: { issuer: 'https://acme.example', clientId: 'a', clientSecret: 'b' } });
  await make('PUT', 'email-templates', { templates: [{ languageTag: 'en', templateType: 'SignIn', details: { subject: 's', content: 'c' } }] });
  await make('PUT', 'configs/jwt-customizer/access-token', { script: 'const getCustomJwtClaims = async () => ({});' });
  await make('POST', 'custom-profile-fields', { name: 'size', type: 'Text', label: 'Size', required: false });
  await make('PUT', 'custom-phrases/fr', { translation: {} });
  await make('POST', 'saml-applications', { name: 'Payroll' });
  await make('POST', 'applications', { name: 'Of others', type: 'Traditional', isThirdParty: true, oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] } });
  await make('PATCH', `roles/${role.id}`, { description: 'buys and sells' });
}

/* Both run in the page. */
async function settle() {
  for (let calm = 0; calm < 4;) {
    await new Promise((next) => requestAnimationFrame(next));
    calm = window.inFlight ? 0 : calm + 1;
  }
}
/** Presses each button that is not off, and those of the dialogs that open; gives those that would send a form, and where to go on when one led elsewhere. */
async function pressAll(from) {
  const tick = () => new Promise((next) => setTimeout(next));
  const away = async () => {
    while (document.querySelector('dialog')) await tick();
  };
  const at = location.pathname;
  const sends = new Set();
  const note = (root) => root.querySelectorAll('[type=submit]:not(:disabled)').forEach((button) => sends.add(button.textContent));
  note(document);
  for (let i = from; i < document.querySelectorAll('main button').length; i++) {
    const button = document.querySelectorAll('main button')[i];
    if (button.disabled || button.closest('dialog') || button.type === 'submit') continue;
    button.click();
    await tick();
    for (const dialog of document.querySelectorAll('dialog')) {
      note(dialog);
      dialog.querySelectorAll('button:not(:disabled):not([type=submit])').forEach((each) => each.click());
      dialog.close();
    }
    await away();
    if (location.pathname !== at) return { sends: [...sends], next: i + 1 };
  }
  return { sends: [...sends] };
}

// Forms of the workbench, which asks with a token of its own, and of the operator's own account.
const FREE = ['Get New Access Token', 'Send', 'Add passkey'];
const OWN = /^POST \/api\/(token-explain|my-account|verifications)/;

test('who may only look: on no page of the console a button changes something', async () => {
  const chief = await signedIn(browser, server, 'chief');
  const [request] = await Promise.all([chief.waitForRequest((sent) => sent.url().includes('/api/users') && sent.method() === 'GET'), visit(chief, 'Users')]);
  const made = await api(server, 'POST', `${server.adminBase}/api/operators`, { token: request.headers().authorization.slice(7), body: { username: 'watcher', password: PASSWORD, access: 'read' } });
  assert.equal(made.status, 201, made.text);
  await furnish();
  const page = await entered(browser, server, 'watcher');
  page.on('dialog', (asked) => asked.accept());
  await page.addInitScript(() => {
    const { fetch } = window;
    window.inFlight = 0;
    window.fetch = (...asked) => {
      window.inFlight++;
      return fetch(...asked).finally(() => window.inFlight--);
    };
  });
  await page.reload();
  await page.getByText('Your role lets you look').waitFor();
  let changes = [];
  page.on('request', (sent) => {
    const what = `${sent.method()} ${new URL(sent.url()).pathname}`;
    if (/^(POST|PUT|PATCH|DELETE) \/api\//.test(what) && !OWN.test(what)) changes.push(what);
  });
  const hrefs = (selector) => page.locator(selector).evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  const go = async (href) => {
    await page.evaluate((to) => {
      history.pushState(null, '', to);
      dispatchEvent(new PopStateEvent('popstate'));
    }, href);
    await page.evaluate(settle);
  };
  const wrong = [];
  const seen = new Set();
  const look = async (href) => {
    if (seen.has(href)) return;
    seen.add(href);
    await go(href);
    const more = [...await hrefs(`main a[href^="/console/${href.split('/')[2]}/"]`), ...await hrefs('main nav.parts a')];
    const sends = [];
    for (let from = 0; from !== undefined;) {
      const pressed = await page.evaluate(pressAll, from);
      sends.push(...pressed.sends.filter((name) => !FREE.includes(name)));
      await page.evaluate(settle);
      from = pressed.next;
      if (from) await go(href);
    }
    if (sends.length || changes.length) wrong.push([href, ...sends, ...changes]);
    changes = [];
    // Some of what a list shows, each with all of its parts.
    const own = href.split('/')[3];
    for (const each of own ? more.filter((link) => link.split('/')[3] === own) : [...new Set(more)].slice(0, 6)) await look(each);
  };
  const pages = await hrefs('nav.side a');
  assert.ok(pages.length >= 19, `${pages.length} pages`);
  for (const href of pages) await look(href);
  assert.ok(seen.size > 60, `${seen.size} pages and parts`);
  assert.deepEqual(wrong, []);
});
