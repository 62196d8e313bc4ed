// A browser as far as sign-ins need one: cookies, redirects followed by hand, same-origin requests.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { api } from './api.js';
import { admin, createApp, unique } from './fixtures.js';

export class Browser {
  cookies = new Map();

  constructor(server, base = server.base) {
    this.server = server;
    this.base = base;
  }

  #keep(headers) {
    for (const line of headers['set-cookie'] ?? []) {
      const [pair, ...attributes] = line.split('; ');
      const at = pair.indexOf('=');
      const gone = attributes.includes('Max-Age=0');
      if (gone) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  async request(method, url, options = {}) {
    const headers = { ...options.headers };
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie) headers.cookie = cookie;
    const answer = await api(this.server, method, new URL(url, this.base).href, { ...options, headers });
    this.#keep(answer.headers);
    return answer;
  }

  // A request of a page's own script.
  step(method, path, body, headers = {}) {
    return this.request(method, `/api/experience${path}`, {
      body,
      headers: { origin: this.base, 'sec-fetch-site': 'same-origin', ...headers },
    });
  }

  // A page that was navigated to.
  page(url) {
    return this.request('GET', url, { headers: { accept: 'text/html,application/xhtml+xml' } });
  }

  // Follows redirects on the server itself; gives the first address elsewhere, or the answer that is none.
  async follow(answer) {
    let current = answer;
    while ([302, 303].includes(current.status)) {
      const next = new URL(current.headers.location, this.base);
      if (next.origin !== this.base) return { url: next };
      current = await this.page(next.href);
    }
    return { answer: current };
  }

  clone() {
    const copy = new Browser(this.server, this.base);
    copy.cookies = new Map(this.cookies);
    return copy;
  }
}

export function pkce() {
  const verifier = crypto.randomBytes(32).toString('base64url');
  return { verifier, challenge: crypto.createHash('sha256').update(verifier).digest('base64url') };
}

export const PASSWORD = 'Zq8#fjw0pLm2';

export async function createUser(server, body = {}) {
  const username = unique('user').replaceAll('-', '_');
  const sent = { username, password: PASSWORD, ...body };
  const answer = await api(server, 'POST', '/api/users', { token: await admin(server), body: sent });
  assert.equal(answer.status, 200, answer.text);
  return { ...answer.json, password: sent.password };
}

export const CALLBACK = 'https://client.example/callback';

export const createClient = (server, type = 'SPA', body = {}) =>
  createApp(server, {
    type,
    oidcClientMetadata: { redirectUris: [CALLBACK], postLogoutRedirectUris: ['https://client.example/bye'] },
    ...body,
  });

// The address of an authorization request; undefined leaves a parameter out.
export function authorizeUrl(client, keys, parameters = {}) {
  const all = {
    client_id: client.id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid profile offline_access',
    prompt: 'consent',
    state: 'the state',
    code_challenge: keys?.challenge,
    code_challenge_method: keys ? 'S256' : undefined,
    ...parameters,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(all)) {
    for (const one of [value].flat()) if (one !== undefined) query.append(name, one);
  }
  return `/oidc/auth?${query}`;
}

// From the sign-in page to the address that the browser is sent to.
export async function enterPassword(browser, user, headers = {}) {
  const begun = await browser.step('PUT', '', { interactionEvent: 'SignIn' }, headers);
  assert.equal(begun.status, 204, begun.text);
  const body = { identifier: { type: 'username', value: user.username }, password: user.password };
  const verified = await browser.step('POST', '/verification/password', body, headers);
  assert.equal(verified.status, 200, verified.text);
  const { verificationId } = verified.json;
  const identified = await browser.step('POST', '/identification', { verificationId }, headers);
  assert.equal(identified.status, 204, identified.text);
  const submitted = await browser.step('POST', '/submit', undefined, headers);
  assert.equal(submitted.status, 200, submitted.text);
  return submitted.json.redirectTo;
}

// A whole sign-in; gives the parameters that the client gets, and the keys of the code.
export async function signIn(browser, client, user, parameters = {}) {
  const keys = pkce();
  const first = await browser.page(authorizeUrl(client, keys, parameters));
  assert.equal(first.status, 303, first.text);
  let reached = await browser.follow(first);
  if (!reached.url) reached = await browser.follow(await browser.page(await enterPassword(browser, user)));
  assert.ok(reached.url, reached.answer?.text);
  return { ...keys, url: reached.url, ...Object.fromEntries(reached.url.searchParams) };
}

// POST to the token endpoint as the client.
export function tokenRequest(server, client, form, headers = {}) {
  const body = new URLSearchParams({ client_id: client.id, ...form });
  if (client.type === 'Traditional' && client.secret) body.set('client_secret', client.secret);
  return api(server, 'POST', '/oidc/token', { body, headers });
}

export const exchange = (server, client, signed, form = {}) =>
  tokenRequest(server, client, {
    grant_type: 'authorization_code',
    code: signed.code,
    redirect_uri: CALLBACK,
    code_verifier: signed.verifier,
    ...form,
  });

export const refresh = (server, client, token, form = {}) =>
  tokenRequest(server, client, { grant_type: 'refresh_token', refresh_token: token, ...form });

export const userinfo = (server, token) => api(server, 'GET', '/oidc/me', { token });
