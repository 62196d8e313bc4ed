// /api/one-time-tokens and /api/subject-tokens.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.js';
import { call, ID, invalid, limited, ok, refused, required } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const BASE = '/api/one-time-tokens';
async function create(body) {
  const made = await ok(server, 'POST', BASE, { body }, 201);
  server.secrets.add(made.token);
  return made;
}
const verify = (email, token) => call(server, 'POST', `${BASE}/verify`, { body: { email, token } });

test('a token: made, read, used once, deleted; it is not stored in clear', async () => {
  const made = await create({ email: 'ott@example.com' });
  const { id, token, createdAt, expiresAt, ...rest } = made;
  assert.match(id, ID);
  assert.match(token, /^[A-Za-z0-9]{32}$/);
  assert.equal(expiresAt - createdAt, 600_000);
  assert.deepEqual(rest, { tenantId: 'default', email: 'ott@example.com', context: {}, status: 'active' });
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${id}`), made);
  refused(await verify('other@example.com', token), 400, 'one_time_token.email_mismatch');
  refused(await verify('ott@example.com', 'zz'), 404, 'one_time_token.token_not_found');
  const answers = await Promise.all([verify('ott@example.com', token), verify('ott@example.com', token)]);
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 400]);
  assert.deepEqual(answers.find((answer) => answer.status === 200).json, { ...made, status: 'consumed' });
  refused(await verify('ott@example.com', token), 400, 'one_time_token.token_consumed');
  assert.equal((await call(server, 'DELETE', `${BASE}/${id}`)).status, 204);
  refused(await call(server, 'DELETE', `${BASE}/${id}`), 404, 'entity.not_found');
  refused(await call(server, 'GET', `${BASE}/${id}`), 404, 'entity.not_exists_with_id');
});

test('states, context and time', async () => {
  const made = await create({ email: 'two@example.com', expiresIn: 60, context: { jitOrganizationIds: ['x'], interactionEvent: 'ForgotPassword', other: 1 } });
  assert.deepEqual([made.context, made.expiresAt - made.createdAt], [{ jitOrganizationIds: ['x'], interactionEvent: 'ForgotPassword' }, 60_000]);
  const put = (status) => call(server, 'PUT', `${BASE}/${made.id}/status`, { body: { status } });
  assert.deepEqual((await put('revoked')).json, { ...made, status: 'revoked' });
  refused(await verify('two@example.com', made.token), 400, 'one_time_token.token_revoked');
  await put('expired');
  refused(await verify('two@example.com', made.token), 400, 'one_time_token.token_expired');
  refused(await put('active'), 400, 'one_time_token.cannot_reactivate_token');
  refused(await call(server, 'POST', BASE, { body: { email: 'a@b.co', context: { interactionEvent: 'Other' } } }), 400, 'guard.invalid_input');
  refused(await put('lost'), 400, 'guard.invalid_input');
  refused(await call(server, 'PUT', `${BASE}/nope/status`, { body: { status: 'active' } }), 404, 'entity.not_exists_with_id');
  invalid(await call(server, 'POST', BASE, { body: {} }), [required('string', 'email')]);
  refused(await call(server, 'POST', BASE, { body: { email: '' } }), 400, 'guard.invalid_input');
  refused(await call(server, 'POST', BASE, { body: { email: 'a@b.co', expiresIn: 0 } }), 400, 'guard.invalid_input');
});

test('the list, by address and state, in pages', async () => {
  const [one, two] = [await create({ email: 'list@example.com' }), await create({ email: 'list@example.com' })];
  const list = async (query) => (await ok(server, 'GET', `${BASE}?${query}`)).map(({ id }) => id).sort();
  assert.deepEqual(await list('email=list@example.com'), [one.id, two.id].sort());
  await ok(server, 'PUT', `${BASE}/${one.id}/status`, { body: { status: 'revoked' } });
  assert.deepEqual(await list('email=list@example.com&status=active'), [two.id]);
  assert.deepEqual(await list('email=list@example.com&status=expired'), []);
  const page = await call(server, 'GET', `${BASE}?page=1&page_size=1&email=list@example.com`);
  assert.deepEqual([page.json.length, page.headers['total-number']], [1, '2']);
  refused(await call(server, 'GET', `${BASE}?email=x`), 400, 'guard.invalid_input');
  const reader = await limited(server, 'read:one-time-tokens');
  refused(await call(server, 'POST', BASE, { token: reader.token, body: { email: 'a@b.co' } }), 403, 'auth.forbidden');
  // Whoever could not make one does not get to see one.
  const read = await ok(server, 'GET', BASE, { token: reader.token });
  assert.ok(read.length > 1);
  assert.deepEqual([...new Set(read.map((each) => each.token))], ['********']);
  assert.equal((await ok(server, 'GET', `${BASE}/${read[0].id}`, { token: reader.token })).token, '********');
  assert.notEqual((await ok(server, 'GET', `${BASE}/${read[0].id}`)).token, '********');
});

test('subject tokens are for users that there are; only their digest is stored', async () => {
  const user = await ok(server, 'POST', '/api/users', { body: { username: 'subject' } });
  const post = (body) => call(server, 'POST', '/api/subject-tokens', { body });
  const made = await post({ userId: user.id, context: { why: 'test' } });
  assert.equal(made.status, 201, made.text);
  assert.match(made.json.subjectToken, /^sub_[a-z0-9]{21}$/);
  assert.deepEqual([Object.keys(made.json), made.json.expiresIn], [['subjectToken', 'expiresIn'], 600]);
  server.secrets.add(made.json.subjectToken);
  invalid(await post({}), [required('string', 'userId')]);
  assert.equal((await post({ userId: 'nope' })).status, 404);
});
