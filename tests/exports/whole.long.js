// The whole of an exported collection in newman, as someone runs it by a single click: for a client that may only read, and for one
// that may change everything, which is still there in the end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import newman from 'newman';
import { api, tokenAnswer } from '../lib/api.js';
import { admin, createApp, createRole } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { file } from './support.js';

let server, document;
before(async () => {
  server = await startServer();
  document = (await api(server, 'GET', '/api/swagger.json')).json;
});
after(() => server.stop());

const get = async (path) => (await api(server, 'GET', path, { token: await admin(server) })).json;

/** The operation's documented answers, by the request's method and the path of the collection's item. */
const documented = (method, path) => Object.keys(document.paths[`/${path.join('/').replace(/:([A-Za-z]+)/g, '{$1}')}`][method.toLowerCase()].responses).map(Number);

async function runAll(app) {
  const collection = JSON.parse(await file(server, 'postman', { app }));
  const environment = JSON.parse(await file(server, 'postman-environment', { app, query: { includeSecret: true } }));
  const total = collection.item.flatMap(({ item }) => item).length;
  const summary = await new Promise((resolve, reject) => {
    newman.run({ collection, environment, reporters: [] }, (error, result) => (error ? reject(error) : resolve(result)));
  });
  assert.deepEqual(summary.run.failures, []);
  assert.ok(summary.run.executions.length >= total - 3, `${summary.run.executions.length} of ${total} requests`);
  const answers = summary.run.executions.map(({ item, request, response }) => ({ method: request.method, template: item.request.url.path, path: request.url.getPath(), code: response.code, text: response.text() }));
  for (const { method, template, path, code, text } of answers) {
    // An id that no list gave is missing in the address: that is none, or another.
    if (path.endsWith('/') || path.includes('//')) assert.ok(code < 500, `${method} ${path}: ${code}`);
    else assert.ok(code < 300 || documented(method, template).includes(code) || [400, 404, 422].includes(code), `${method} ${path}: ${code} ${text}`);
  }
  return answers;
}

test('a client that may only read: lists are answered, nothing is changed', async () => {
  const scopes = (await get('/api/resources/management-api/scopes?page_size=100')).filter(({ name }) => name.startsWith('read:') && name !== 'read:secrets');
  const role = await createRole(server, { scopeIds: scopes.map(({ id }) => id) });
  const answers = await runAll(await createApp(server, { name: 'Reading' }, [role.id]));
  const lists = answers.filter(({ method, template }) => method === 'GET' && !template.some((part) => part.startsWith(':')));
  assert.ok(lists.length > 30, `${lists.length} lists`);
  for (const { path, code } of lists) assert.ok(code < 300 || path === '/api/user-exports' || code === 404, `${path}: ${code}`);
  const changed = answers.filter(({ method, code, path }) => method !== 'GET' && code < 300 && path !== '/api/token-explain');
  assert.deepEqual(changed.map(({ method, path }) => `${method} ${path}`), []);
});

test('a client that may change everything does not take itself away', async () => {
  const all = (await get('/api/roles?type=MachineToMachine')).find(({ name }) => name === 'Logto Management API access');
  const app = await createApp(server, { name: 'Changing' }, [all.id]);
  const answers = await runAll(app);
  assert.deepEqual(answers.filter(({ code }) => code === 401 || code === 403).map(({ path }) => path), []);
  assert.equal((await tokenAnswer(server, { id: app.id, secret: app.secret })).status, 200);
});
