// What can go wrong ends with one line that says what to change, and with its own exit status.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { takePort } from '../lib/ports.js';
import { certificate, fails, home, json, ok, serve } from './support.js';

const SECRET = 'sesame-open-7431';
let user, servers;
before(() => {
  user = home();
  servers = [];
});
after(async () => {
  for (const server of servers) await server.close();
  user.remove();
});

async function answering(handle, tls) {
  const server = await serve(handle, tls);
  servers.push(server);
  return server;
}

const token = (address, ...more) => user.run(['token', ...address, '--client-id', 'c', '--client-secret-stdin', ...more], { input: SECRET });
const refused = (address, status, pattern, ...more) => fails(token(address, ...more), status, pattern, [SECRET]);

// Each as token endpoint and as issuer, where both make sense.
async function both(url, status, pattern, ...more) {
  await refused(['--token-url', `${url}/token`], status, pattern, ...more);
  await refused(['--issuer', url], status, pattern, ...more);
}

test('no such host, no server, no URL', async () => {
  await both('https://host.invalid', 3, /there is no host for https:\/\/host\.invalid: check the URL/);
  const port = await takePort();
  await both(`http://localhost:${port}`, 3, new RegExp(`nothing answers at http://localhost:${port}: start the server`));
  await both('localhost:3001', 2, /is no http:\/\/ or https:\/\/ URL: check --(token-url|issuer)/);
  await both('ftp://localhost', 2, /is no http:\/\/ or https:\/\/ URL: check --(token-url|issuer)/);
  await refused([], 2, /which server\? Give --issuer URL/);
});

test('no secret is in the arguments of any process while a request runs', async () => {
  const lines = () =>
    fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
  let during;
  const server = await answering((request, response) => {
    during = lines();
    json(response, { access_token: 'token-7431', token_type: 'Bearer' });
  });
  await ok(token(['--token-url', server.url], '--profile', 'listed', '--api-url', server.url));
  assert.ok(during.some((line) => line.includes('--client-secret-stdin')), 'the client itself is among them');
  assert.ok(!during.some((line) => line.includes(SECRET)));
  await ok(user.run(['api', 'GET', '/', '--profile', 'listed']));
  assert.ok(during.some((line) => line.includes('listed')));
  assert.ok(!during.some((line) => line.includes('token-7431')));
});

test('secrets do not leave in clear', async () => {
  await both('http://192.0.2.1', 3, /http:\/\/192\.0\.2\.1 would carry secrets in clear: use https:\/\//);
  // No number of this machine's, whatever it begins with; nor does a scheme hide in capitals.
  await both('http://127.0.0.1.elsewhere.example', 3, /would carry secrets in clear/);
  await both('Http://192.0.2.1', 3, /would carry secrets in clear/);
});

test('https where there is no TLS, and no HTTP at all', async () => {
  const plain = await answering((request, response) => json(response, {}));
  await both(`https://localhost:${plain.port}`, 3, /does not speak TLS .*use http:\/\//);
  const mute = net.createServer((socket) => socket.once('data', () => socket.end('220 mail ready\r\n')));
  mute.on('connection', (socket) => socket.on('error', () => {}));
  mute.listen(0, 'localhost');
  await once(mute, 'listening');
  await both(`http://localhost:${mute.address().port}`, 3, /does not answer in HTTP/);
  mute.close();
});

test('certificates: expired, of an unknown authority, for another host', async () => {
  const expired = certificate(user.folder, '20200101000000Z', '20200201000000Z');
  const old = await answering((request, response) => json(response, {}), expired);
  await both(old.url, 3, /the certificate of .* has expired: renew it/, '--ca-file', expired.file);
  const folder = home();
  const fresh = certificate(folder.folder, '20200101000000Z', '20990101000000Z');
  const good = await answering((request, response) => json(response, { access_token: 'x', token_type: 'Bearer' }), fresh);
  await both(good.url, 3, /is not trusted .*--ca-file/);
  await both(`https://127.0.0.1:${good.port}`, 3, /is for another host/, '--ca-file', fresh.file);
  assert.equal(await ok(token(['--token-url', good.url], '--ca-file', fresh.file)), 'x\n');
  await refused(['--token-url', good.url], 3, /--ca-file/, '--ca-file', '/nonexistent');
  folder.remove();
});

test('HTML, other JSON and cut JSON instead of an answer', async () => {
  const page = (text, type) => answering((request, response) => response.writeHead(200, { 'content-type': type }).end(text));
  const html = await page('<!doctype html><title>Welcome</title>', 'text/html');
  await refused(['--token-url', html.url], 3, /answers 200 with text\/html instead of the JSON of a token endpoint: check --token-url/);
  await refused(['--issuer', html.url], 3, /is not JSON \(text\/html\): check --issuer/);
  await refused(['--token-url', (await page('{"access_token":"x', 'application/json')).url], 3, /instead of the JSON/);
  await refused(['--token-url', (await page('{"hello":1}', 'application/json')).url], 3, /no access_token/);
  await refused(['--token-url', (await page('[]', 'application/json')).url], 3, /instead of the JSON/);
});

test('500, with and without JSON', async () => {
  const plain = await answering((request, response) => response.writeHead(500).end('oops'));
  await refused(['--token-url', plain.url], 7, /answers 500: the server fails/);
  const coded = await answering((request, response) => json(response, { error: 'server_error' }, 500));
  await refused(['--token-url', coded.url], 7, /server_error .*log/);
});

test('a server that is too slow', async () => {
  const slow = await answering(() => {});
  await both(slow.url, 3, /did not answer within 1 seconds: try again, or allow more with --timeout/, '--timeout', '1');
});

test('a redirect is not followed with a secret', async () => {
  const target = await answering((request, response) => json(response, { access_token: 'x' }));
  const from = await answering((request, response) => response.writeHead(307, { location: `${target.url}/t` }).end());
  await refused(['--token-url', from.url], 3, new RegExp(`redirects to ${target.url}/t, where a secret must not follow`));
  await refused(['--issuer', from.url], 3, /redirects to .*give the issuer that it really has/);
  assert.equal(target.requests.length, 0);
});

test('what the server refuses, with what to change; control characters do not reach the terminal', async () => {
  const cases = {
    invalid_scope: /invalid_scope .*--scope/,
    invalid_target: /invalid_target .*--resource/,
    invalid_client: /invalid_client .*--client-auth/,
    unauthorized_client: /unauthorized_client .*--grant/,
    unsupported_grant_type: /unsupported_grant_type .*--grant/,
    invalid_request: /invalid_request/,
    made_up: /made_up/,
  };
  for (const [error, pattern] of Object.entries(cases)) {
    const server = await answering((request, response) => json(response, { error, error_description: 'no\u001b[2J\n way' }, 400));
    const { stderr } = await refused(['--token-url', server.url], 4, pattern);
    assert.ok(!stderr.includes('\u001b'));
  }
});

test('a server that calls itself something else', async () => {
  const server = await answering((request, response) => json(response, { issuer: 'https://evil.example', token_endpoint: 'https://evil.example/t' }));
  await refused(['--issuer', server.url], 3, /calls itself https:\/\/evil\.example: give that as --issuer/);
});

test('a token with a wrong signature is said to be wrong', async () => {
  const published = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let key = other.privateKey;
  const server = await answering((request, response) => {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'ES256', kid: 'one' })}.${part({ iss: server.url, exp: 4102444800 })}`;
    const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    if (request.url === '/token') return json(response, { access_token: `${text}.${signature}`, token_type: 'Bearer' });
    if (request.url === '/keys') return json(response, { keys: [{ ...published.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] });
    return json(response, { issuer: server.url, token_endpoint: `${server.url}/token`, jwks_uri: `${server.url}/keys` });
  });
  const verdict = async () => JSON.parse(await ok(token(['--issuer', server.url], '--json'))).signature;
  assert.deepEqual(await verdict(), { verified: false, why: 'the signature is wrong: do not trust this token' });
  key = published.privateKey;
  assert.equal((await verdict()).verified, true);
});

test('wrong options', async () => {
  const run = (...args) => user.run(['token', ...args]);
  await fails(run('--grant', 'implicit'), 2, /--grant is one of client_credentials\|/);
  await fails(run('--nonsense'), 2, /there is no option '--nonsense'/);
  await fails(run('--issuer'), 2, /--issuer needs a value/);
  await fails(run('--decode=yes'), 2, /--decode takes no value/);
  await fails(run('word'), 2, /unknown argument 'word'/);
  await fails(run('--timeout', '0'), 2, /a number of seconds/);
  await fails(run('--token-param', 'novalue'), 2, /name=value/);
  await fails(run('--client-secret-stdin', '--password-stdin'), 1, /client-secret is empty/);
  await fails(user.run(['token', '--client-secret-stdin', '--password-stdin'], { input: 'x' }), 2, /only one secret/);
  await fails(run('--profile', '../etc'), 2, /a profile's name is/);
  await fails(run('--issuer', 'https://x.example'), 3, /no host/);
  const fresh = home();
  await fails(fresh.run(['api', 'GET', '/x']), 2, /there is no profile yet/);
  fresh.remove();
  await fails(user.run(['api', 'GET']), 2, /say METHOD and PATH/);
  await fails(user.run(['api', 'get', '/x']), 2, /'get' is no method/);
  await fails(user.run(['profile', 'frobnicate']), 2, /say list, show/);
});

test('an API that answers strangely', async () => {
  const api = await answering((request, response) => {
    if (request.url === '/token') return json(response, { access_token: 'opaque', token_type: 'Bearer', expires_in: '60' });
    const status = Number(request.url.slice(1)) || 404;
    return response.writeHead(status, status === 302 ? { location: 'http://elsewhere.example/' } : {}).end('text');
  });
  await ok(token(['--token-url', `${api.url}/token`], '--profile', 'strange', '--api-url', api.url));
  const get = (path) => user.run(['api', 'GET', path, '--profile', 'strange']);
  for (const [path, code, pattern] of [
    ['/302', 3, /redirects to http:\/\/elsewhere\.example\//],
    ['/400', 6, /^signet: 400: the API refuses the request/],
    ['/401', 6, /^signet: 401: the API does not take this token/],
    ['/403', 6, /^signet: 403: the token does not permit this/],
    ['/404', 6, /^signet: 404: nothing is at this path/],
    ['/500', 7, /^signet: 500: the server fails/],
  ]) {
    const result = await get(path);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, pattern);
    assert.equal(result.stderr.trim().split('\n').length, 1);
    assert.equal(result.stdout, 'text', 'the body still comes');
  }
  assert.equal(api.requests.filter((each) => each.url === '/401').length, 2, 'one more try after a 401');
  assert.ok(api.requests.filter((each) => each.url === '/401').every((each) => each.headers.authorization === 'Bearer opaque'));
});

test('pages: a link to another host is not followed, one to itself ends', async () => {
  let link;
  const api = await answering((request, response) => {
    if (request.url === '/token') return json(response, { access_token: 'opaque', token_type: 'Bearer' });
    return json(response, [1], 200, request.url.includes('page=2') ? {} : { link });
  });
  const stranger = await answering((request, response) => json(response, [2]));
  await ok(token(['--token-url', `${api.url}/token`], '--profile', 'links', '--api-url', `${api.url}/base`));
  const all = () => user.run(['api', 'GET', '/api/x?a=1', '--profile', 'links', '--all', '--jsonl']);
  await fails(user.run(['api', 'GET', '/api/x?search=a b', '--profile', 'links']), 2, /'\/api\/x\?search=a b' has a blank in it/);
  link = `<${stranger.url}/api/x?page=2>; rel="next"`;
  let result = await all();
  assert.equal(result.code, 3);
  assert.match(result.stderr, /at another host/);
  assert.equal(stranger.requests.length, 0);
  for (const address of [`${api.url}/base/api/x?page=2`, `${api.url}/x?page=2`, '/api/x?page=2', '?page=2']) {
    link = `<${api.url}/base/api/x?page=1>; rel="first", <${address}>; rel="next"`;
    assert.equal(await ok(all()), '1\n1\n', address);
    assert.equal(api.requests.at(-1).url, '/base/api/x?page=2', address);
  }
  link = `<${api.url}/base/api/x?a=1>; rel="next"`;
  result = await all();
  assert.equal(result.code, 3);
  assert.match(result.stderr, /said to be one that came already/);
});
