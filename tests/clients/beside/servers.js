// npm oidc-provider and the server under test, with clients, resource and user of the same shape, asked in the same way.
import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import Provider, { errors } from 'oidc-provider';
import { api } from '../../lib/api.js';
import { Browser, CALLBACK, createClient, createUser, enterPassword, pkce } from '../../lib/browser.js';
import { createApp, createResource, createRole, createScope } from '../../lib/fixtures.js';
import { takePort } from '../../lib/ports.js';
import { startServer } from '../../lib/server.js';

const SCOPES = ['openid', 'offline_access', 'profile', 'email', 'phone', 'address'];

// Applications of the tenant's own need no consent.
async function grantAll({ provider, client, session }, resource) {
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES.join(' '));
  grant.addResourceScope(resource, 'read');
  await grant.save();
  return grant;
}

// As the server that this one stands in for configures it.
function configuration({ web, spa, third, machine, resource }) {
  const redirects = { redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token'] };
  return {
    clients: [
      { client_id: web.id, client_secret: web.secret, ...redirects },
      { client_id: third.id, client_secret: third.secret, ...redirects },
      { client_id: spa.id, token_endpoint_auth_method: 'none', ...redirects },
      { client_id: machine.id, client_secret: machine.secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
    ],
    scopes: SCOPES,
    claims: { profile: ['name'], email: ['email'], phone: ['phone_number'], address: ['address'] },
    cookies: { keys: ['of a test'] },
    conformIdTokenClaims: false,
    allowOmittingSingleRegisteredRedirectUri: false,
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    pkce: { required: (context, client) => client.clientAuthMethod !== 'client_secret_basic' },
    loadExistingGrant: (context) => grantAll(context.oidc, resource),
    renderError: (context, out) => (context.body = out),
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      deviceFlow: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => false,
        getResourceServerInfo: (context, indicator) => {
          if (indicator !== resource) throw new errors.InvalidTarget();
          return { scope: 'read', accessTokenFormat: 'jwt', accessTokenTTL: 600 };
        },
      },
    },
  };
}

// One of the two servers: where it is, and a browser in which the user is signed in.
class Side {
  constructor(world, base, root, enter) {
    Object.assign(this, { world, base, root, enter });
    this.server = { base, agent: new http.Agent({ keepAlive: true }) };
    this.browser = new Browser(this.server, base);
  }

  // Signs in where nobody is yet; gives the parameters that the client gets.
  async authorize(parameters) {
    let { answer, url } = await this.browser.follow(await this.browser.page(`${this.root}/auth?${new URLSearchParams(parameters)}`));
    for (let step = 0; !url && step < 3; step += 1) ({ answer, url } = await this.browser.follow(await this.enter(this.browser, answer)));
    assert.ok(url, answer?.text);
    return Object.fromEntries(url.searchParams);
  }

  async code(client) {
    const keys = pkce();
    const { code } = await this.authorize({
      client_id: client.id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid profile offline_access', prompt: 'consent', resource: this.world.resource,
      code_challenge: keys.challenge, code_challenge_method: 'S256',
    });
    assert.ok(code);
    return { code, code_verifier: keys.verifier };
  }

  async refreshToken(client) {
    const body = new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: CALLBACK, client_id: client.id, ...(await this.code(client)) });
    const headers = client.secret ? { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` } : {};
    const { json, text } = await api(this.server, 'POST', `${this.root}/token`, { body, headers });
    assert.ok(json?.refresh_token, text);
    return { refresh_token: json.refresh_token };
  }

  // What a token request of this kind spends.
  fresh(kind, client) {
    if (kind === 'code') return this.code(client);
    return kind === 'refresh_token' ? this.refreshToken(client) : undefined;
  }

  async sendAuthorize({ method, form, session }) {
    const browser = session ? this.browser.clone() : new Browser(this.server, this.base);
    const headers = { accept: 'application/json' };
    if (method === 'GET') return this.outcome(await browser.request('GET', `${this.root}/auth?${form}`, { headers }));
    return this.outcome(await browser.request('POST', `${this.root}/auth`, { headers, body: form }));
  }

  async sendToken({ method, headers, body }) {
    return this.outcome(await api(this.server, method, `${this.root}/token`, { headers, body: method === 'GET' ? undefined : body }));
  }

  // "303 interaction", "303 code", "303 invalid_scope": where to, with what; "400 invalid_request": what is shown;
  // "200 form_post code": what a page posts.
  outcome({ status, headers, json, text }) {
    if (status >= 500) throw new Error(text);
    const [, posted] = (text.includes(`action="${CALLBACK}"`) && /name="(code|error)" value="([^"]*)"/.exec(text)) || [];
    if (posted) return `${status} form_post ${posted === 'code' ? 'code' : /name="error" value="([^"]*)"/.exec(text)[1]}`;
    if (!headers.location) return `${status}${json?.error ? ` ${json.error}` : ''}`;
    const url = new URL(headers.location, this.base);
    if (url.origin === new URL(this.base).origin) return `${status} interaction`;
    const given = url.searchParams.size ? url.searchParams : new URLSearchParams(url.hash.slice(1));
    return `${status} ${given.get('error') ?? (given.has('code') ? 'code' : 'nothing')}`;
  }
}

// The forms of oidc-provider's own pages: for a login, then for a consent.
function enterThere(browser, page) {
  const [, action] = /<form[^>]*action="([^"]*)"/.exec(page.text) ?? assert.fail(page.text);
  const [, prompt] = /name="prompt" value="([^"]*)"/.exec(page.text);
  return browser.request('POST', action, { body: new URLSearchParams({ prompt, login: 'ann', password: 'any' }) });
}

/** {ours, theirs, world, close()}: the two servers and what requests are made of. */
export async function startBoth() {
  const server = await startServer();
  const user = await createUser(server);
  const [web, third, spa] = [await createClient(server, 'Traditional'), await createClient(server, 'Traditional'), await createClient(server, 'SPA')];
  const { id, indicator: resource } = await createResource(server);
  const scope = await createScope(server, { id }, 'read');
  const role = await createRole(server, { scopeIds: [scope.id] });
  const machine = await createApp(server, {}, [role.id]);
  const world = { web, spa, third, machine, resource, callback: CALLBACK, ...pkce() };
  delete spa.secret;

  const base = `http://localhost:${await takePort()}`;
  const provider = new Provider(base, configuration(world));
  const listener = http.createServer(provider.callback()).listen(new URL(base).port);
  await once(listener, 'listening');

  const enterHere = async (browser) => browser.page(await enterPassword(browser, user));
  const close = async () => {
    listener.closeAllConnections();
    listener.close();
    await server.stop();
  };
  const ours = new Side(world, server.base, '/oidc', enterHere);
  const theirs = new Side(world, base, '', enterThere);
  for (const side of [ours, theirs]) await side.code(web);
  return { ours, theirs, world, close };
}
