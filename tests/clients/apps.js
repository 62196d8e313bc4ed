// What the tests of the field's SDKs share: a tenant with a user who is a member of an organization, a browser, and small
// applications. Each shows what its SDK knows as JSON in an element named "state", and has the buttons "Sign in", "Refresh"
// and "Sign out".
import assert from 'node:assert/strict';
import http from 'node:http';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { api, noteNavigations } from '../lib/api.js';
import { createClient, createUser } from '../lib/browser.js';
import { launch } from '../lib/chromium.js';
import { admin, createResource, createRole, createScope } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

// The console is bundled by the same esbuild.
const esbuild = createRequire(new URL('../../web/package.json', import.meta.url))('esbuild');

/** {server, browser, user, resource, organization, close()}: the user may "read" the resource and is in the organization. */
export async function createWorld() {
  const server = await startServer();
  const call = async (method, path, body) => {
    const answer = await api(server, method, path, { token: await admin(server), body });
    assert.ok(answer.status < 300, answer.text);
    return answer.json;
  };
  const user = await createUser(server, { name: 'Ann', primaryEmail: 'ann@example.com' });
  const resource = await createResource(server);
  const scope = await createScope(server, resource, 'read');
  const role = await createRole(server, { type: 'User', scopeIds: [scope.id] });
  await call('POST', `/api/users/${user.id}/roles`, { roleIds: [role.id] });
  const organization = await call('POST', '/api/organizations', { name: 'Acme' });
  await call('POST', `/api/organizations/${organization.id}/users`, { userIds: [user.id] });
  const browser = await launch();
  const close = async () => {
    await browser.close();
    await server.stop();
  };
  return { server, browser, user, resource, organization, close };
}

/** An HTTP server on a free port of 127.0.0.1; `handle` may be given later, as server.handle. */
export async function listen(t, handle) {
  const server = http.createServer((request, response) => server.handle(request, response));
  server.handle = handle;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.base = `http://127.0.0.1:${server.address().port}`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

/** The client that an application at `base` is, in the tenant. */
export const register = (world, type, base, { callback = '/callback', bye = '/' } = {}) =>
  createClient(world.server, type, { oidcClientMetadata: { redirectUris: [`${base}${callback}`], postLogoutRedirectUris: [base, `${base}${bye}`] } });

// Text that a script element may hold.
const embedded = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

/** Bundles clients/FILE, and serves it as a page that answers to every path; gives {base, client}. */
export async function pageApplication(t, world, file) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    bundle: true, write: false, format: 'iife', target: 'es2022', jsx: 'automatic', logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
  });
  const script = Buffer.from(outputFiles[0].contents);
  const application = await listen(t);
  const client = await register(world, 'SPA', application.base);
  const settings = { endpoint: world.server.base, appId: client.id, resource: world.resource.indicator, organizationId: world.organization.id };
  const page = `<!doctype html><title>application</title><div id="app"></div><script>window.settings = ${embedded(settings)}</script><script src="/app.js"></script>`;
  application.handle = (request, response) => {
    const isScript = request.url === '/app.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : page);
  };
  return { base: application.base, client };
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const FORMS = [['Sign in', 'sign-in'], ['Refresh', 'refresh'], ['Sign out', 'sign-out']];

/** The page of an application whose SDK runs on its server; `paths` say where its buttons lead, by their default paths. */
export function shownPage(state, paths = {}) {
  const forms = FORMS.map(([label, path]) => `<form action="${paths[path] ?? `/${path}`}"><button>${label}</button></form>`);
  return `<!doctype html><title>application</title>${forms.join('')}<pre id="state">${escaped(JSON.stringify(state))}</pre>`;
}

/** A page in a browser of its own, at an address. */
export async function open(world, address) {
  const page = await (await world.browser.newContext()).newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  noteNavigations(page);
  await page.goto(address);
  return page;
}

/** What the application shows, once `ready` is true of it. */
export async function state(page, ready) {
  let seen;
  try {
    for (;;) {
      const text = await page.locator('#state').textContent();
      seen = JSON.parse(text || '{}');
      if (seen.error) throw new Error(seen.error);
      if (ready(seen)) return seen;
      await page.waitForFunction((before) => (document.getElementById('state')?.textContent ?? before) !== before, text);
    }
  } catch (error) {
    throw new Error(`${error.message}\nat ${page.url()}: ${JSON.stringify(seen)} ${page.complaints}`, { cause: error });
  }
}

export const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

/** From the application's button to its first page with the user: through the hosted sign-in page. */
export async function signIn(page, user) {
  await press(page, 'Sign in');
  await page.getByLabel('Username').fill(user.username);
  await page.getByLabel('Password').fill(user.password);
  await press(page, 'Sign in');
  return state(page, ({ sub }) => sub);
}

/** Signs out; asked: whether this SDK sends no ID token, so that the page asks the user. Nobody is signed in then, at either place. */
export async function signOut(page, { asked }) {
  await press(page, 'Sign out');
  if (asked) {
    await page.waitForURL('**/oidc/session/end**');
    await press(page, 'Sign out');
  }
  await state(page, ({ signedIn }) => signedIn === false);
  await press(page, 'Sign in');
  await page.getByLabel('Password').waitFor();
}

// What a server-side application shows of its user and of the tokens of the API and the organization.
function known(world, { sub, token, organization, info }) {
  assert.equal(sub, world.user.id);
  assert.deepEqual([token.aud, token.scope, token.sub], [world.resource.indicator, 'read', world.user.id]);
  assert.equal(organization.aud, `urn:logto:organization:${world.organization.id}`);
  assert.deepEqual([info.sub, info.name, info.email, info.organizations], [world.user.id, 'Ann', 'ann@example.com', [world.organization.id]]);
}

/** Signs in, refreshes and signs out in an application that shows all of that. */
export async function walk(world, page, { asked }) {
  const first = await signIn(page, world.user);
  known(world, first);
  await press(page, 'Refresh');
  const second = await state(page, ({ token }) => token && token.jti !== first.token.jti);
  known(world, second);
  assert.ok(second.refreshToken);
  await signOut(page, { asked });
}
