// Entities that tests need, made through the Management API.
import assert from 'node:assert/strict';
import { api, token } from './api.js';

let counter = 0;
export const unique = (prefix) => `${prefix}-${process.pid}-${(counter += 1)}`;

// The bearer token of the server's own client, with scope all; kept per server.
export async function admin(server) {
  server.adminToken ??= await token(server);
  return server.adminToken;
}

async function made(server, method, path, body, status) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}

export const createResource = (server, body = {}) =>
  made(server, 'POST', '/api/resources', { name: 'API', indicator: `https://${unique('api')}.example`, ...body }, 201);

export const createScope = (server, resource, name) =>
  made(server, 'POST', `/api/resources/${resource.id}/scopes`, { name }, 201);

export const createRole = (server, body = {}) =>
  made(server, 'POST', '/api/roles', { name: unique('role'), description: 'made by a test', type: 'MachineToMachine', ...body }, 200);

/** An application with its secret: {id, secret, …}; roleIds are given to it. */
export async function createApp(server, body = {}, roleIds = []) {
  const app = await made(server, 'POST', '/api/applications', { name: unique('app'), type: 'MachineToMachine', ...body }, 200);
  const secrets = await made(server, 'GET', `/api/applications/${app.id}/secrets`, undefined, 200);
  app.secret = secrets[0]?.value;
  if (app.secret) server.secrets.add(app.secret);
  if (roleIds.length) await made(server, 'POST', `/api/applications/${app.id}/roles`, { roleIds }, 201);
  return app;
}

export const patchApp = (server, id, body) => made(server, 'PATCH', `/api/applications/${id}`, body, 200);

/** The id of a scope of the built-in resource, by name. */
export async function managementScope(server, name) {
  const scopes = await made(server, 'GET', '/api/resources/management-api/scopes?page_size=100', undefined, 200);
  const scope = scopes.find((each) => each.name === name);
  assert.ok(scope, `no scope ${name} among ${scopes.map((each) => each.name)}`);
  return scope.id;
}
