// HTTP as the tests speak it: requests, tokens, raw bytes, and a record of all of it for the
// coverage check.
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

const record = process.env.SIGNET_TEST_RECORD;

function note(method, url, answer) {
  if (!record) return;
  const { pathname, port } = new URL(url);
  // "OK" in place of a reply is what Logto answers where there is nothing to say.
  const plain = answer.text === 'OK' || undefined;
  const line = { method, path: pathname, port: Number(port), status: answer.status, reply: answer.json, plain };
  fs.appendFileSync(record, `${JSON.stringify(line)}\n`);
}

function parsed(text, type) {
  if (!/\bjson\b/.test(type ?? '')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Notes the pages that a browser of the test's goes to, and how they are answered. */
export function noteNavigations(page) {
  page.on('response', (response) => {
    if (response.request().isNavigationRequest() && response.url().startsWith('http://localhost:')) {
      note(response.request().method(), response.url(), { status: response.status() });
    }
  });
}

// Follows no redirect. Resolves to {status, headers (lower-case names), text, json}.
export function request(url, { method = 'GET', headers = {}, body, agent, ca } = {}) {
  const client = url.startsWith('https:') ? https : http;
  const options = { method, headers: { ...headers }, agent: url.startsWith('https:') ? undefined : agent, ca };
  if (body !== undefined) options.headers['content-length'] ??= Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const outgoing = client.request(url, options, (incoming) => {
      const chunks = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const answer = { status: incoming.statusCode, headers: incoming.headers, text };
        answer.json = parsed(text, incoming.headers['content-type']);
        note(method, url, answer);
        resolve(answer);
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function target(server, path, query) {
  const url = new URL(path, server.base);
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of [value].flat()) url.searchParams.append(name, one);
  }
  return url.href;
}

/**
 * One request to the server: api(server, 'POST', '/api/roles', {token, body, headers, query}).
 * body: an object is sent as JSON, URLSearchParams as a form, a string as it is (set content-type).
 * No token, no Authorization header. path may be a whole URL (server.adminBase + '/api/…').
 */
export function api(server, method, path, { token: bearer, body, headers = {}, query } = {}) {
  const sent = { ...headers };
  if (bearer) sent.authorization ??= `Bearer ${bearer}`;
  let text = body;
  if (body instanceof URLSearchParams) {
    sent['content-type'] ??= 'application/x-www-form-urlencoded';
    text = body.toString();
  } else if (body !== undefined && typeof body !== 'string') {
    sent['content-type'] ??= 'application/json';
    text = JSON.stringify(body);
  }
  const options = { method, headers: sent, body: text, agent: server.agent, ca: server.ca };
  return request(target(server, path, query), options);
}

export function basic(id, secret) {
  const encode = (part) => encodeURIComponent(part).replace(/%20/g, '+');
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`;
}

/**
 * POST to the token endpoint with client_credentials of the server's own client, authenticated by
 * Basic; the whole answer. Overrides: id, secret, tokenUrl, headers, and any form parameter (undefined
 * leaves it out).
 */
export async function tokenAnswer(server, { id, secret, tokenUrl, headers = {}, ...parameters } = {}) {
  const form = { grant_type: 'client_credentials', resource: server.client.resource, scope: server.client.scope };
  const entries = Object.entries({ ...form, ...parameters }).filter(([, value]) => value !== undefined);
  const authorization = basic(id ?? server.client.id, secret ?? server.client.secret);
  const answer = await api(server, 'POST', tokenUrl ?? server.client.tokenUrl, {
    headers: { authorization, ...headers },
    body: new URLSearchParams(entries),
  });
  if (answer.json?.access_token) server.secrets?.add(answer.json.access_token);
  return answer;
}

/** The access token of tokenAnswer(); throws when there is none. */
export async function token(server, overrides) {
  const answer = await tokenAnswer(server, overrides);
  if (!answer.json?.access_token) throw new Error(`no token: ${answer.status} ${answer.text}`);
  return answer.json.access_token;
}

/**
 * Sends bytes over a fresh connection and gives all that comes back (latin1), once the server closes
 * or `until` (a regular expression) matches what has come. end: close our side after sending.
 */
export function raw(port, bytes, { until, end = false, host = '127.0.0.1', deadline = 20_000 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host, allowHalfOpen: true });
    let text = '';
    const timer = setTimeout(() => finish(new Error(`neither closed nor as expected: ${text}`)), deadline);
    function finish(error) {
      clearTimeout(timer);
      socket.destroy();
      if (error) reject(error);
      else resolve(text);
    }
    socket.setEncoding('latin1');
    socket.on('connect', () => (end ? socket.end(bytes, 'latin1') : socket.write(bytes, 'latin1')));
    socket.on('data', (chunk) => {
      text += chunk;
      if (until?.test(text)) finish();
    });
    // A server that has answered may reset what it no longer reads: the answer counts.
    socket.on('error', (error) => finish(text ? undefined : error));
    socket.on('end', () => finish());
  });
}

/** {header, claims, signature: Buffer} of a compact JWS; nothing is verified. */
export function decodeJwt(jwt) {
  const [header, claims, signature] = jwt.split('.').map((part) => Buffer.from(part, 'base64url'));
  return { header: JSON.parse(header), claims: JSON.parse(claims), signature };
}

/** A fetch for client libraries whose requests are to be recorded as well. */
export async function recordingFetch(url, options) {
  const answer = await fetch(url, options);
  const text = await answer.clone().text();
  const json = parsed(text, answer.headers.get('content-type'));
  note(options?.method ?? 'GET', String(url), { status: answer.status, json });
  return answer;
}
