// What the tests of the Management API share: calls as the server's own client or as one with few
// scopes, and what a refusal looks like.
import assert from 'node:assert/strict';
import { api, token } from '../lib/api.js';
import { admin, createApp, createRole, managementScope } from '../lib/fixtures.js';

/** A request as the server's own client, or as whoever `token` belongs to. */
export async function call(server, method, path, options = {}) {
  return api(server, method, path, { token: await admin(server), ...options });
}

/** As call(), and the answer must have the status; gives the JSON. */
export async function ok(server, method, path, options = {}, status = 200) {
  const answer = await call(server, method, path, options);
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  return answer.json ?? answer.text;
}

/** A refusal of the Management API: {code, message[, data, details]}. */
export function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
  assert.equal(typeof answer.json.message, 'string');
  assert.ok(answer.json.message.length > 0);
}

/** A refusal by the input check, with just these zod issues. */
export function invalid(answer, issues) {
  refused(answer, 400, 'guard.invalid_input');
  assert.deepEqual(Object.keys(answer.json), ['code', 'data', 'details', 'message']);
  assert.deepEqual(answer.json.data, { issues, name: 'ZodError' });
  assert.equal(answer.json.details.split('\n').length, issues.length);
}

export const required = (expected, ...path) => ({ code: 'invalid_type', expected, received: 'undefined', path, message: 'Required' });
export const tooShort = (...path) => ({
  code: 'too_small', minimum: 1, type: 'string', inclusive: true, exact: false, message: 'String must contain at least 1 character(s)', path,
});
export const tooLong = (maximum, ...path) => ({
  code: 'too_big', maximum, type: 'string', inclusive: true, exact: false, message: `String must contain at most ${maximum} character(s)`, path,
});
export const wrongType = (expected, received, ...path) => ({
  code: 'invalid_type', expected, received, path, message: `Expected ${expected}, received ${received}`,
});
export const emptyArray = (...path) => ({
  code: 'too_small', minimum: 1, type: 'array', inclusive: true, exact: false, message: 'Array must contain at least 1 element(s)', path,
});
export const custom = (...path) => ({ code: 'custom', message: 'Invalid input', path });

/** A machine client whose only role has these scopes of the Management API: {app, role, token}. */
export async function limited(server, ...names) {
  const scopeIds = await Promise.all(names.map((name) => managementScope(server, name)));
  const role = await createRole(server, { scopeIds });
  const app = await createApp(server, {}, [role.id]);
  const bearer = await token(server, { id: app.id, secret: app.secret, scope: names.join(' ') });
  return { app, role, token: bearer };
}

/** The rel values of a Link header with their addresses. */
export function links(answer) {
  const pairs = [...(answer.headers.link ?? '').matchAll(/<([^>]*)>; rel="(\w+)"/g)];
  return Object.fromEntries(pairs.map(([, url, rel]) => [rel, url]));
}

/** All rows of a list that is always paged. */
export async function everything(server, path) {
  const rows = [];
  for (let page = 1; ; page += 1) {
    const answer = await call(server, 'GET', path, { query: { page, page_size: 100 } });
    assert.equal(answer.status, 200, answer.text);
    rows.push(...answer.json);
    if (!links(answer).next) return rows;
  }
}

export const ID = /^[a-z0-9]{21}$/;
