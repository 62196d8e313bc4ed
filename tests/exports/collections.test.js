// The exported collections in the programs they are made for: nothing is lost in reading them, each
// gets its token and its answers.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import converters from '@usebruno/converters';
import newman from 'newman';
import postman from 'postman-collection';
import { api, basic, token } from '../lib/api.js';
import { createApp, createResource, createScope } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { AWKWARD, file, FORMATS, run, scratch, seed, tokenEndpoint, tool } from './support.js';

let server;
let operations; // of the server's own description: [{method, path, tag, parameters}]
let awkward;
let seeded;
let known; // variables that no list before their request fills

before(async () => {
  server = await startServer();
  await createScope(server, await createResource(server), 'read:things');
  awkward = await createApp(server, { name: AWKWARD });
  await token(server);
  // Things of each kind first, then what belongs to them: the collection finds their ids by itself.
  const collection = await json('postman', { query: { includeSecret: true } });
  seeded = await seed(server, collection, byName(collection.variable));
  const values = valuesIn(collection, await runNewman(collection));
  await seed(server, collection, values, { nested: true });
  for (const each of MORE) await send(...each(values));
  const [connector] = (await api(server, 'GET', '/api/sso-connectors', { token: await token(server) })).json;
  const { id: defaultApplicationId } = await createApp(server, { type: 'SPA' });
  await send('PUT', `/api/sso-connectors/${connector.id}/idp-initiated-auth-config`, { defaultApplicationId, autoSendAuthorizationRequest: false, clientIdpInitiatedAuthCallbackUri: 'https://app.example' });
  const saml = await api(server, 'GET', '/api/applications', { token: await token(server), query: { types: 'SAML' } });
  known = { target: 'social', userId: values.userId, samlApplicationId: saml.json[0].id };
  const { json: document } = await api(server, 'GET', '/api/swagger.json');
  operations = Object.entries(document.paths).flatMap(([at, item]) =>
    Object.entries(item).filter(([, each]) => isExported(at, each) && !each.security?.some((one) => 'UserToken' in one)).map(([method, { tags, parameters, requestBody }]) => ({ method: method.toUpperCase(), path: at, tag: tags[0], parameters, requestBody })));
});
after(() => server.stop());

// What the example bodies of POST requests do not make: [method, path, body].
const MORE = [
  () => ['PUT', `/api/applications/${server.client.id}/sign-in-experience`, { displayName: 'Shown' }],
  ({ userId }) => ['PUT', `/api/users/${userId}/identities/social`, { userId: 'there' }],
  () => ['POST', '/api/connectors', { connectorId: 'github-universal', config: { clientId: 'a', clientSecret: 'b' } }],
  () => ['PUT', '/api/configs/jwt-customizer/access-token', { script: '() => ({})' }],
  () => ['PUT', '/api/configs/actions/action.postFirstFactorVerification', { script: '() => ({})' }],
  () => ['PUT', '/api/captcha-provider', { config: { type: 'Turnstile', siteKey: 'a', secretKey: 'b' } }],
  () => ['POST', '/api/sso-connectors', { providerName: 'SAML', connectorName: 'exported' }],
  () => ['PUT', '/api/custom-phrases/fr', { translation: {} }],
  () => ['PUT', '/api/email-templates', { templates: [{ languageTag: 'fr', templateType: 'SignIn', details: { subject: 'Code', content: '{{code}}' } }] }],
  ({ organizationId }) => ['POST', '/api/organization-invitations', { organizationId, invitee: 'guest@example.com', expiresAt: Date.now() + 60000, messagePayload: false }],
  () => ['POST', '/api/saml-applications', { name: 'Exported' }],
  () => ['POST', '/api/user-imports', 'no user\n', { 'content-type': 'application/x-ndjson' }],
];
const send = async (method, at, body, headers) => {
  const answer = await api(server, method, at, { token: await token(server), body, headers });
  assert.ok(answer.status < 300, `${at}: ${answer.text}`);
};

// What the application is no kind for, since it is no third party's, and the session and enterprise account of someone who never signed in.
const UNFIT = ['GetApplicationUserConsentOrganizations', 'GetUserSession', 'GetUserSsoIdentity'];
const unfit = (url) => /\/consent-organizations$|\/(sessions|sso-identities)\/[^/]+$/.test(url);
const put = async (at, body) => assert.equal((await api(server, 'PUT', at, { token: await token(server), body })).status, 201, at);

// Not what only the hosted pages ask for, nor what only refuses.
const isExported = (at, { responses }) => !/^\/api\/(experience|interaction)\b/.test(at) && Number(Object.keys(responses)[0]) < 400;
const json = async (format, options) => JSON.parse(await file(server, format, options));
const byName = (rows) => Object.fromEntries(rows.map(({ key, value }) => [key, value]));
const reading = () => operations.filter(({ method }) => method === 'GET').length;
const template = (parts) => parts.join('/').replace(/:([A-Za-z]+)/g, '{$1}');

/** Runs the requests that read, or only those of a folder; the answers of the last pass. */
async function runNewman(collection, { environment, folder, passes = 1 } = {}) {
  for (const row of collection.variable) row.value = known?.[row.key] ?? row.value;
  const gets = (item) => (item.item ? [{ ...item, item: item.item.flatMap(gets) }] : item.request.method === 'GET' ? [item] : []);
  const options = { collection: { ...collection, item: collection.item.flatMap(gets) }, environment, folder, iterationCount: passes, reporters: [] };
  const summary = await new Promise((resolve, reject) => {
    newman.run(options, (error, result) => (error ? reject(error) : resolve(result)));
  });
  assert.deepEqual(summary.run.failures, []);
  return summary.run.executions.filter(({ cursor }) => cursor.iteration === passes - 1);
}

/** The values that the collection's variables had in its requests. */
function valuesIn(collection, executions) {
  const values = byName(collection.variable);
  const sent = collection.item.flatMap(({ item }) => item).filter(({ request }) => request.method === 'GET');
  for (const { item, request } of executions) {
    const { path: named, variable } = sent.find(({ name }) => name === item.name).request.url;
    const parts = request.url.getPath().slice(1).split('/');
    for (const { key, value } of variable) values[value.slice(2, -2)] = parts[named.indexOf(`:${key}`)];
  }
  return values;
}

test('postman: Configure New Token is filled in, Advanced included', async () => {
  const { auth } = await json('postman');
  assert.equal(auth.type, 'oauth2');
  const { tokenRequestParams, refreshRequestParams, ...settings } = byName(auth.oauth2);
  const resource = [{ key: 'resource', value: '{{resource}}', enabled: true, send_as: 'request_body' }];
  assert.deepEqual(tokenRequestParams, resource);
  assert.deepEqual(refreshRequestParams, resource);
  assert.deepEqual(settings, {
    tokenName: 'Signet M2M token', grant_type: 'client_credentials', accessTokenUrl: '{{tokenUrl}}', refreshTokenUrl: '',
    clientId: '{{clientId}}', clientSecret: '{{clientSecret}}', scope: '{{scope}}', client_authentication: 'header',
    addTokenTo: 'header', headerPrefix: 'Bearer', tokenType: 'Bearer', accessToken: '{{accessToken}}', authRequestParams: [],
  });
  const { values } = await json('postman-environment', { query: { includeSecret: true } });
  assert.deepEqual(byName(values), {
    endpoint: server.base, tokenUrl: server.client.tokenUrl, clientId: server.client.id, clientSecret: server.client.secret,
    scope: 'all', resource: server.client.resource,
  });
  assert.equal(values.find(({ key }) => key === 'clientSecret').type, 'secret');
});

test('postman: every operation of the API is there, with its parameters and body', async () => {
  const collection = await json('postman');
  const requests = collection.item.flatMap(({ name, item }) => item.map((each) => ({ folder: name, ...each.request })));
  assert.deepEqual(
    requests.map(({ method, url, folder }) => `${method} /${template(url.path)} ${folder}`).sort(),
    operations.map(({ method, path: at, tag }) => `${method} ${at} ${tag}`).sort(),
  );
  for (const { method, path: at, parameters, requestBody } of operations) {
    const request = requests.find((each) => each.method === method && `/${template(each.url.path)}` === at);
    const named = (place) => parameters.filter((each) => each.in === place).map(({ name }) => name);
    assert.deepEqual(request.url.query.map(({ key }) => key), named('query'), at);
    assert.deepEqual(request.url.variable.map(({ key }) => key), named('path'), at);
    for (const row of request.url.query) {
      const { required } = parameters.find(({ name, in: place }) => name === row.key && place === 'query');
      assert.equal(Boolean(row.disabled), !required, `${at} ${row.key}`);
    }
    assert.equal(Boolean(request.body), Boolean(requestBody), `${method} ${at}`);
    const schema = requestBody?.content['application/json']?.schema;
    const members = schema ? Object.keys(JSON.parse(request.body.raw)) : [];
    for (const name of schema?.required ?? []) assert.ok(members.includes(name), `${method} ${at} lacks ${name}`);
    for (const name of members) assert.ok(schema.properties[name], `${method} ${at} has ${name}`);
  }
});

test('postman: every variable that a request uses is declared', async () => {
  const text = await file(server, 'postman');
  const declared = Object.keys(byName(JSON.parse(text).variable));
  for (const [, name] of text.matchAll(/\{\{(\w+)\}\}/g)) assert.ok(declared.includes(name), name);
});

test('postman: the example bodies are ones that the API takes', () => {
  for (const wanted of ['/api/applications', '/api/resources', '/api/roles', '/api/token-explain']) {
    const { status } = seeded.find(({ path: at }) => at === wanted);
    assert.ok(status >= 200 && status < 300, `${wanted}: ${status}`);
  }
});

test('postman-collection reads it without loss', async () => {
  const collection = await json('postman');
  const read = new postman.Collection(structuredClone(collection)).toJSON();
  const requests = (items) => items.flatMap((each) => (each.item ? requests(each.item) : [each]));
  assert.equal(read.info.name, collection.info.name);
  assert.deepEqual(byName(read.auth.oauth2), byName(collection.auth.oauth2));
  assert.deepEqual(byName(read.variable), byName(collection.variable));
  assert.deepEqual(read.event.map(({ listen, script }) => [listen, script.exec]), collection.event.map(({ listen, script }) => [listen, script.exec]));
  const [before, behind] = [collection, read].map(({ item }) => requests(item));
  assert.equal(behind.length, before.length);
  behind.forEach(({ name, request }, i) => {
    assert.equal(name, before[i].name);
    assert.equal(request.method, before[i].request.method);
    assert.deepEqual(request.body, before[i].request.body);
    assert.deepEqual(request.url.path, before[i].request.url.path);
    assert.deepEqual(byName(request.url.query), byName(before[i].request.url.query));
    assert.deepEqual(byName(request.url.variable), byName(before[i].request.url.variable));
  });
});

test('newman: the script gets the token, and every GET is answered with success', async () => {
  const environment = await json('postman-environment', { query: { includeSecret: true } });
  // What a first pass finds is there for the second.
  const executions = await runNewman(await json('postman'), { environment, passes: 2 });
  assert.equal(executions.length, reading());
  const refused = executions.filter(({ request, response }) => response.code >= 300 && !unfit(request.url.getPath()));
  assert.deepEqual(refused.map(({ request, response }) => `${response.code} ${request.url}`), []);
});

test('newman: the collection with the secret inside needs no environment; with a wrong one it is refused', async () => {
  const collection = await json('postman', { query: { includeSecret: true } });
  // Not each answers 200 when the other folders, which find its ids, are left out.
  const codes = async () => (await runNewman(collection, { folder: 'Users' })).map(({ response }) => response.code);
  const good = await codes();
  assert.ok(good.includes(200) && !good.includes(401), good.join());
  collection.variable.find(({ key }) => key === 'clientSecret').value = 'wrong';
  const bad = await codes();
  assert.ok(bad.includes(401) && !bad.includes(200), bad.join());
});

test('@usebruno/converters keeps the authorization, folders and requests', async () => {
  const collection = await json('postman');
  const { collection: converted } = await converters.postmanToBruno(collection);
  const { oauth2 } = converted.root.request.auth;
  const row = [{ name: 'resource', value: '{{resource}}', sendIn: 'body', enabled: true }];
  assert.deepEqual(oauth2.additionalParameters.token, row);
  assert.deepEqual(oauth2.additionalParameters.refresh, row);
  const kept = { grantType: 'client_credentials', accessTokenUrl: '{{tokenUrl}}', clientId: '{{clientId}}', clientSecret: '{{clientSecret}}', scope: '{{scope}}', credentialsPlacement: 'basic_auth_header', tokenPlacement: 'header', tokenHeaderPrefix: 'Bearer' };
  for (const [name, value] of Object.entries(kept)) assert.equal(oauth2[name], value, name);
  assert.deepEqual(converted.items.map(({ name, items }) => [name, items.length]), collection.item.map(({ name, item }) => [name, item.length]));
  const environment = await converters.postmanToBrunoEnvironment(await json('postman-environment'));
  assert.equal(environment.variables.find(({ name }) => name === 'clientId').value, server.client.id);
});

// Unpacks the export and runs some of it; gives what Bruno says and [{method, url, status}].
async function runBruno(t, options, what, ...args) {
  const folder = scratch(t);
  fs.writeFileSync(path.join(folder, 'bruno.tar'), await archive(options));
  assert.equal((await run('tar', ['xf', 'bruno.tar'], { cwd: folder })).code, 0);
  const cwd = path.join(folder, 'signet-bruno');
  const result = await run(tool('bru'), ['run', ...what, '--env', 'Signet', '--reporter-json', 'out.json', ...args], { cwd });
  const [{ results }] = JSON.parse(fs.readFileSync(path.join(cwd, 'out.json'), 'utf8'));
  return { result, answers: results.map(({ request, response }) => ({ method: request.method, url: request.url, status: response.status })) };
}

// The bytes: as text they would not be the archive's any more.
async function archive({ app = server.client, query = '' } = {}) {
  const bearer = await token(server);
  const answer = await fetch(`${server.base}/api/applications/${app.id}/exports/bruno${query}`, { headers: { authorization: `Bearer ${bearer}` } });
  assert.equal(answer.status, 200);
  return Buffer.from(await answer.arrayBuffer());
}

test('bru run: Bruno gets the token by itself, with resource in the body', async (t) => {
  const endpoint = await tokenEndpoint(t, server);
  const { result, answers } = await runBruno(t, {}, ['-r', '--tags', 'read'], '--env-var', `clientSecret=${server.client.secret}`, '--env-var', `tokenUrl=${endpoint.url}`, ...Object.entries(known).flatMap(([name, value]) => ['--env-var', `${name}=${value}`]));
  assert.equal(result.code, 0, result.stdout);
  assert.ok(answers.length >= reading());
  for (const { method, url, status } of answers) {
    if (method !== 'GET' || unfit(url)) continue;
    assert.ok(status >= 200 && status < 300, `${url}: ${status}`);
  }
  assert.equal(endpoint.seen.length, 1);
  const [{ headers, form }] = endpoint.seen;
  assert.equal(headers.authorization, basic(server.client.id, server.client.secret));
  assert.deepEqual(form, { grant_type: 'client_credentials', scope: 'all', resource: server.client.resource });
});

test('bru run: an awkward application name does no harm, and a secret may be inside', async (t) => {
  const { answers } = await runBruno(t, { app: awkward, query: '?includeSecret=true' }, ['Applications/ListApplications.bru']);
  // 403 and not 401: it has a token, and the application has no role.
  assert.deepEqual(answers, [{ method: 'GET', url: `${server.base}/api/applications`, status: 403 }]);
});

test('insomnia: the format 5 file converts, with all requests, the environment and an awkward name', async () => {
  const text = await file(server, 'insomnia', { app: awkward });
  const converted = converters.insomniaToBruno(text);
  assert.match(converted.name, /^Signet Management API, A "quoted" 'name' \{\{endpoint\}\}/);
  const [{ items: folders }] = converted.items;
  assert.equal(folders.flatMap(({ items }) => items).length, operations.length);
  const environment = Object.fromEntries(converted.environments[0].variables.map(({ name, value }) => [name, value]));
  assert.equal(environment.clientId, awkward.id);
  assert.equal(environment.resource, server.client.resource);
  assert.equal(environment.endpoint, server.base);
});

test('insomnia: the folder around all requests authorizes them, resource included', async () => {
  const text = await file(server, 'insomnia');
  const auth = text.slice(text.indexOf('    authentication:'), text.indexOf('    children:'));
  for (const [key, value] of [['type', 'oauth2'], ['grantType', 'client_credentials'], ['accessTokenUrl', '{{ _.tokenUrl }}'], ['resource', '{{ _.resource }}'], ['clientSecret', '{{ _.clientSecret }}']]) {
    assert.ok(auth.includes(`      ${key}: "${value}"\n`), key);
  }
  const ids = [...text.matchAll(/^ +id: "(\w+)"$/gm)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(text, await file(server, 'insomnia'));
});

test('hoppscotch: collection, folders and requests have the versions that say how to read them', async () => {
  const collection = await json('hoppscotch');
  assert.equal(collection.v, 11);
  const { grantTypeInfo } = collection.auth;
  assert.equal(grantTypeInfo.grantType, 'CLIENT_CREDENTIALS');
  const row = [{ id: 1, key: 'resource', value: '<<resource>>', active: true, sendIn: 'body' }];
  assert.deepEqual(grantTypeInfo.tokenRequestParams, row);
  assert.deepEqual(grantTypeInfo.refreshRequestParams, row);
  const requests = collection.folders.flatMap((folder) => folder.requests);
  assert.equal(requests.length, operations.length);
  const declared = collection.variables.map(({ key }) => key);
  for (const { v, endpoint, body } of requests) {
    assert.equal(v, '15');
    for (const [, name] of `${endpoint}${body.body ?? ''}`.matchAll(/<<(\w+)>>/g)) assert.ok(declared.includes(name), name);
  }
});

test('httpyac: the file gets its token, and what reads is answered with success', async (t) => {
  const folder = scratch(t);
  fs.writeFileSync(path.join(folder, 'signet.http'), await file(server, 'http'));
  const args = ['send', 'signet.http', '--tag', 'read', '--var', `clientSecret=${server.client.secret}`, ...Object.entries(known).map(([name, value]) => `${name}=${value}`), '--json'];
  const { stdout, stderr } = await run(tool('httpyac'), args, { cwd: folder });
  const { requests } = JSON.parse(stdout);
  const refused = requests.filter(({ response }) => !(response?.statusCode < 300));
  assert.ok(requests.length > reading(), stderr);
  assert.deepEqual(refused.map(({ name }) => name).filter((name) => /^(Get|List)/.test(name)), UNFIT);
});

test('httpyac: an awkward application name stays in its comment', async (t) => {
  const folder = scratch(t);
  fs.writeFileSync(path.join(folder, 'signet.http'), await file(server, 'http', { app: awkward, query: { includeSecret: true } }));
  const { code, stdout } = await run(tool('httpyac'), ['send', 'signet.http', '--name', 'token', '--json'], { cwd: folder });
  assert.equal(code, 0, stdout);
  assert.equal(JSON.parse(stdout).requests[0].response.statusCode, 200);
});

test('every JSON format survives an awkward name', async () => {
  for (const format of FORMATS.filter((name) => /postman|hoppscotch/.test(name))) {
    const text = await file(server, format, { app: awkward });
    const { name, info } = JSON.parse(text);
    assert.match(name ?? info.name, /^Signet Management API, A "quoted"/);
  }
});
