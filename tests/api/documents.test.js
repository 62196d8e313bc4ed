// /api/status and the OpenAPI documents: what anyone may ask.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { startServer } from '../lib/server.js';

let server;
before(async () => (server = await startServer({ env: { STATUS_API_KEY: 'a-status-key' } })));
after(() => server.stop());

test('status: 204 for anyone; the tenant only for who knows the key', async () => {
  for (const method of ['GET', 'HEAD']) {
    const answer = await api(server, method, '/api/status');
    assert.equal(answer.status, 204);
    assert.equal(answer.text, '');
    assert.equal(answer.headers['logto-tenant-id'], undefined);
  }
  const ask = async (key, url = '') => (await api(server, 'GET', `${url}/api/status`, { headers: { 'logto-status-api-key': key } })).headers['logto-tenant-id'];
  assert.equal(await ask('a-status-key'), 'default');
  assert.equal(await ask('a-status-key', server.adminBase), 'admin');
  for (const key of ['wrong', 'a-status-ke', 'a-status-key ', 'A-STATUS-KEY', '']) {
    if (key.trim() !== 'a-status-key') assert.equal(await ask(key), undefined, key);
  }
});

test('status: without a key that is set, no header names the tenant', async () => {
  const bare = await startServer();
  try {
    for (const key of ['', 'undefined', 'null', 'a-status-key']) {
      const answer = await api(bare, 'GET', '/api/status', { headers: { 'logto-status-api-key': key } });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers['logto-tenant-id'], undefined);
    }
  } finally {
    await bare.stop();
  }
});

test('the OpenAPI document is public, the same under both names, and has an ETag', async () => {
  const answer = await api(server, 'GET', '/api/swagger.json');
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'], /^application\/json/);
  const other = await api(server, 'GET', '/api/.well-known/management.openapi.json');
  assert.equal(other.text, answer.text);
  const again = await api(server, 'GET', '/api/swagger.json', { headers: { 'if-none-match': answer.headers.etag } });
  assert.equal(again.status, 304);
  const document = answer.json;
  assert.match(document.openapi, /^3\./);
  assert.equal(document.servers[0].url, server.base);
  const flow = document.components.securitySchemes.OAuth2.flows.clientCredentials;
  assert.equal(flow.tokenUrl, `${server.base}/oidc/token`);
  for (const scope of ['all', 'read:applications', 'write:roles', 'read:logs']) assert.ok(flow.scopes[scope], scope);
});

test('the OpenAPI document says who may call each operation, and each is described', async () => {
  const { paths } = (await api(server, 'GET', '/api/swagger.json')).json;
  const operations = Object.entries(paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })));
  assert.ok(operations.length > 30);
  const open = /^\/api\/(status|swagger\.json|\.well-known\/.*|experience(\/.*)?|interaction\/consent|operator-invitations\/accept|authn\/hasura|saml-applications\/\{id\}\/metadata)$/;
  for (const { path, method, security, summary, responses, operationId } of operations) {
    assert.ok(summary, `${method} ${path} has no summary`);
    assert.ok(operationId && responses, `${method} ${path}`);
    if (open.test(path)) assert.deepEqual(security, [], path);
    else if (/^\/api\/(my-account|verifications)(\/|$)/.test(path)) assert.deepEqual(security, [{ UserToken: [] }], path);
    else assert.deepEqual(security[0], { OAuth2: ['all'] }, `${method} ${path}`);
  }
  assert.equal(new Set(operations.map((operation) => operation.operationId)).size, operations.length);
  const paging = paths['/api/logs'].get.parameters.map((parameter) => parameter.name);
  for (const name of ['page', 'page_size', 'applicationId', 'logKey', 'start_time']) assert.ok(paging.includes(name), name);
  const body = paths['/api/applications'].post.requestBody.content['application/json'].schema;
  assert.deepEqual([...body.required].sort(), ['name', 'type']);
  assert.equal(body.properties.id, undefined);
});

test('each tenant has a document of its own', async () => {
  const admin = await api(server, 'GET', `${server.adminBase}/api/swagger.json`);
  assert.equal(admin.status, 200);
  assert.equal(admin.json.servers[0].url, server.adminBase);
  const own = await api(server, 'GET', '/api/swagger.json');
  assert.equal(own.json.servers[0].url, server.base);
});

test('parts of the OpenAPI document: what sign-in pages call, what users call', async () => {
  const whole = (await api(server, 'GET', '/api/swagger.json')).json;
  const parts = { experience: /^\/api\/experience(\/|$)/, user: /^\/api\/(my-account|verifications)(\/|$)/ };
  for (const [name, pattern] of Object.entries(parts)) {
    const answer = await api(server, 'GET', `/api/.well-known/${name}.openapi.json`);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(answer.headers.etag);
    const expected = Object.keys(whole.paths).filter((path) => pattern.test(path));
    assert.ok(expected.length > 0, name);
    assert.deepEqual(Object.keys(answer.json.paths), expected);
    for (const path of expected) assert.deepEqual(answer.json.paths[path], whole.paths[path], path);
    assert.equal((await api(server, 'POST', `/api/.well-known/${name}.openapi.json`)).status, 405);
  }
});
