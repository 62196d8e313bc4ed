// GET /api/applications/:applicationId/exports/:format and signet export: who gets what, and how the
// application's name and secret get into the files.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { limited, ok, refused } from '../api/support.js';
import { createApp } from '../lib/fixtures.js';
import { signet, startServer } from '../lib/server.js';
import { exported, file, FORMATS, run, scratch } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const cli = (...args) => signet(['export', ...args], { env: server.env });

test('each format is an attachment with a name and a type, and holds no secret', async () => {
  const names = new Set();
  for (const format of FORMATS) {
    const answer = await exported(server, format);
    assert.equal(answer.status, 200, format);
    const [, name] = answer.headers['content-disposition'].match(/^attachment; filename="([\w.-]+)"$/);
    names.add(name);
    assert.match(answer.headers['content-type'], /^(application\/(json|yaml|x-tar)|text\/plain)/, format);
    assert.ok(answer.text.includes(server.client.id), format);
    assert.ok(!answer.text.includes(server.client.secret), `${format} holds the secret`);
  }
  assert.equal(names.size, FORMATS.length);
});

test('includeSecret puts the newest secret into every format, and nothing may keep the answer', async () => {
  for (const format of FORMATS.filter((name) => name !== 'go')) {
    const answer = await exported(server, format, { query: { includeSecret: true } });
    assert.ok(answer.text.includes(server.client.secret), format);
    assert.equal(answer.headers['cache-control'], 'no-store');
  }
  assert.ok((await file(server, 'go', { query: { includeSecret: true } })).includes(JSON.stringify(server.client.secret)));
  const plain = await exported(server, 'curl', { query: { includeSecret: false } });
  assert.ok(!plain.text.includes(server.client.secret));
});

test('reading needs read:applications; a secret needs read:secrets or all, and no less access than the application has', async () => {
  const app = await createApp(server);
  const reader = await limited(server, 'read:applications');
  const keeper = await limited(server, 'read:applications', 'read:secrets');
  const other = await limited(server, 'read:roles', 'read:secrets');
  assert.equal((await exported(server, 'curl', { app, token: reader.token })).status, 200);
  refused(await exported(server, 'curl', { app, token: other.token }), 403, 'auth.forbidden');
  const query = { includeSecret: true };
  const without = await exported(server, 'curl', { app, token: reader.token, query });
  refused(without, 403, 'auth.forbidden');
  assert.deepEqual(without.json.data, { scope: 'read:secrets' });
  assert.ok(!without.text.includes(app.secret));
  const having = await exported(server, 'curl', { app, token: keeper.token, query });
  assert.ok(having.text.includes(app.secret));
  refused(await exported(server, 'curl', { token: keeper.token, query }), 403, 'auth.forbidden');
  refused(await exported(server, 'curl', { token: 'x', query }), 401, 'auth.unauthorized');
});

test('unknown formats and applications, and types without client credentials, are refused', async () => {
  const unknown = await exported(server, 'soapui');
  refused(unknown, 404, 'entity.not_found');
  assert.deepEqual(unknown.json.data, { formats: FORMATS });
  for (const format of FORMATS) assert.ok(unknown.json.message.includes(format), format);
  refused(await exported(server, 'postman', { app: { id: 'nobody' } }), 404, 'entity.not_exists_with_id');
  for (const type of ['SPA', 'Native', 'Traditional']) {
    const app = await createApp(server, { type });
    const answer = await exported(server, 'postman', { app });
    refused(answer, 422, 'application.invalid_type');
    assert.ok(answer.json.message.includes(type));
  }
  refused(await exported(server, 'curl', { query: { includeSecret: 'maybe' } }), 400, 'guard.invalid_input');
});

test('an application without a valid secret has none to export', async () => {
  const app = await createApp(server);
  const at = `/api/applications/${app.id}/secrets`;
  const expiresAt = Date.now() + 300;
  await ok(server, 'POST', at, { body: { name: 'short', expiresAt } }, 201);
  await ok(server, 'DELETE', `${at}/Default%20secret`, {}, 204);
  while (Date.now() <= expiresAt) await ok(server, 'GET', at);
  refused(await exported(server, 'curl', { app, query: { includeSecret: true } }), 404, 'entity.not_exists');
  assert.equal((await exported(server, 'curl', { app })).status, 200);
  const result = await cli('curl', '--app', app.id, '--include-secret');
  assert.equal(result.code, 1);
  assert.match(result.stderr, /no valid secret/);
});

test('the newest secret is the one that is exported', async () => {
  const app = await createApp(server);
  const newer = await ok(server, 'POST', `/api/applications/${app.id}/secrets`, { body: { name: 'newer' } }, 201);
  server.secrets.add(newer.value);
  const text = await file(server, 'curl', { app, query: { includeSecret: true } });
  assert.ok(text.includes(newer.value) && !text.includes(app.secret));
});

test('the scope is what the roles of the application grant', async () => {
  const few = await limited(server, 'read:roles', 'read:logs');
  assert.match(await file(server, 'curl', { app: few.app }), /^scope=\S*'read:logs read:roles'\}$/m);
  assert.match(await file(server, 'curl'), /^scope=\S*'all'\}$/m);
  assert.match(await file(server, 'curl', { app: await createApp(server) }), /^scope=\S*'all'\}$/m);
});

test('a server that hides secrets exports none, and the rest as before', async () => {
  const hiding = await startServer({ env: { SIGNET_REVEAL_SECRETS: 'false' } });
  try {
    refused(await exported(hiding, 'curl', { query: { includeSecret: true } }), 403, 'auth.forbidden');
    assert.equal((await exported(hiding, 'curl')).status, 200);
  } finally {
    await hiding.stop();
  }
});

test('signet export writes what the server answers', async () => {
  for (const format of FORMATS.filter((name) => name !== 'bruno')) {
    const result = await cli(format, '--app', server.client.id);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stdout, await file(server, format), format);
  }
});

test('signet export --list names the formats; -o writes a file that is private when it holds a secret', async (t) => {
  const list = await cli('--list');
  assert.equal(list.code, 0);
  assert.deepEqual(list.stdout.trim().split('\n').map((line) => line.split(' ')[0]), FORMATS);
  const target = path.join(scratch(t), 'environment.json');
  fs.writeFileSync(target, 'old', { mode: 0o644 });
  const result = await cli('postman-environment', '--app', server.client.id, '--include-secret', '-o', target);
  assert.deepEqual(result, { code: 0, stdout: '', stderr: '' });
  const { values } = JSON.parse(fs.readFileSync(target, 'utf8'));
  assert.equal(values.find(({ key }) => key === 'clientSecret').value, server.client.secret);
  assert.equal(fs.statSync(target).mode & 0o777, 0o600);
});

test('signet export says in one line what is wrong', async () => {
  const spa = await createApp(server, { type: 'SPA' });
  const cases = [
    [[], 2, /name the format/],
    [['soapui', '--app', 'x'], 2, /no format 'soapui'.*--list/],
    [['postman'], 2, /--app ID/],
    [['postman', '--app'], 2, /--app ID/],
    [['postman', '--app', 'x', 'y'], 2, /unknown argument 'y'/],
    [['postman', '--app', 'nobody'], 1, /no application with the id nobody/],
    [['postman', '--app', spa.id], 1, /type SPA cannot/],
    [['postman', '--app', server.client.id, '-o', '/nonexistent/file'], 1, /cannot write \/nonexistent\/file/],
  ];
  for (const [args, code, text] of cases) {
    const result = await cli(...args);
    assert.equal(result.code, code, `${args}: ${result.stderr}`);
    assert.match(result.stderr, text);
    assert.equal(result.stderr.trim().split('\n').length, 1);
    assert.equal(result.stdout, '');
  }
});

test('the archive is one that tar reads, and its files are private', async (t) => {
  const folder = scratch(t);
  const result = await cli('bruno', '--app', server.client.id, '-o', path.join(folder, 'bruno.tar'));
  assert.equal(result.code, 0, result.stderr);
  const listed = await run('tar', ['tvf', 'bruno.tar'], { cwd: folder });
  assert.equal(listed.code, 0, listed.stderr);
  assert.equal(listed.stderr, '');
  for (const line of listed.stdout.trim().split('\n')) assert.match(line, /^-rw------- .* signet-bruno\//);
});
