// Output that does not arrive, headers of the caller's own, and answers with odd numbers or tokens.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary } from '../lib/server.js';
import { fails, home, json, ok, serve } from './support.js';

const SECRET = 'sesame-open-7431';
let user, api, answer;
before(async () => {
  user = home();
  answer = { access_token: 'opaque', token_type: 'Bearer' };
  api = await serve((request, response) => {
    if (request.url === '/token') return json(response, answer);
    return json(response, [1]);
  });
  await ok(token('--profile', 'p', '--api-url', api.url));
});
after(async () => {
  await api.close();
  user.remove();
});

const token = (...more) => user.run(['token', '--token-url', `${api.url}/token`, '--client-id', 'c', '--client-secret-stdin', ...more], { input: SECRET });

// Its exit status and standard error, with a shell's redirection of standard output.
function redirected(words, redirection) {
  const env = { PATH: process.env.PATH, XDG_CONFIG_HOME: user.folder, SIGNET_DATA: path.join(user.folder, 'data'), NO_PROXY: '*' };
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', `"$0" ${words} ${redirection}`, binary], { env }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stderr }));
    child.stdin.end(SECRET);
  });
}

test('lost output is a failure', async () => {
  const get = `token --token-url ${api.url}/token --client-id c --client-secret-stdin`;
  const commands = ['init --json', get, `${get} --json`, 'api GET /x --profile p', 'api GET /x --profile p --all', 'api GET /x --profile p --all --jsonl', 'api GET /x --profile p --dry-run',
    'profile list', 'profile show p', 'profile export-file p', 'config', 'routes', 'keys list', 'man', 'completion bash', 'export --list', 'help', 'token --help'];
  for (const words of commands) {
    const { code, stderr } = await redirected(words, '>/dev/full');
    assert.equal(code, 1, `${words}: ${stderr}`);
    assert.match(stderr, /^signet: cannot write to standard output$/m, words);
  }
  assert.equal((await redirected(`${get} --profile closed`, '>&-')).code, 1);
  assert.match(await ok(user.run(['profile', 'show', 'closed'])), /token: valid/, 'what was kept is whole');
});

test('a header that the caller gives replaces the one that would be sent', async () => {
  const given = { authorization: 'Basic eDp5', accept: 'text/csv', 'content-type': 'text/plain', 'user-agent': 'mine' };
  await ok(user.run(['api', 'POST', '/x', '--profile', 'p', '-d', 'a', ...Object.entries(given).flatMap((pair) => ['--header', pair.join(': ')])]));
  const { headers } = api.requests.at(-1);
  for (const [name, value] of Object.entries(given)) assert.equal(headers[name], value);
  assert.match(await ok(user.run(['api', 'GET', '/x', '--profile', 'p', '--dry-run', '--header', 'Authorization: Basic eDp5'])), /^(?!.*Bearer).*Basic eDp5/);
});

test('a request without a body says so where one is expected', async () => {
  for (const method of ['POST', 'PUT', 'PATCH']) {
    await ok(user.run(['api', method, '/x', '--profile', 'p']));
    assert.equal(api.requests.at(-1).headers['content-length'], '0', method);
    assert.equal(api.requests.at(-1).headers['content-type'], undefined);
  }
  await ok(user.run(['api', 'GET', '/x', '--profile', 'p']));
  assert.equal(api.requests.at(-1).headers['content-length'], undefined);
});

test('--jsonl goes with --all, and help takes a subcommand', async () => {
  await fails(user.run(['api', 'GET', '/x', '--profile', 'p', '--jsonl']), 2, /--jsonl is for --all/);
  assert.match(await ok(user.run(['help', 'token'])), /^signet token: /);
  assert.equal((await user.run(['help', 'fly'])).code, 2);
});

test('lifetimes of any size, and tokens that are none', async () => {
  for (const expires_in of [9.2e18, 1e300, -1, '9223372036854775807', '-5', 1.5]) {
    answer = { access_token: 'opaque', token_type: 'Bearer', expires_in };
    assert.equal(await ok(token('--profile', 'odd')), 'opaque\n');
    await ok(user.run(['profile', 'list']));
  }
  for (const access_token of ['a\r\nb', 'a\x1b[2J', 'a\x7f', 'tök']) {
    answer = { access_token, token_type: 'Bearer' };
    await fails(token(), 3, /access_token has characters that no token has/);
  }
});

test('a device is not polled without a pause, whatever the server says', async (t) => {
  let lifetime;
  let polls = 0;
  const device = await serve((request, response) => {
    if (request.url === '/device') return json(response, { device_code: 'd', user_code: 'u', verification_uri: 'http://localhost/', ...lifetime });
    polls += 1;
    return json(response, { error: 'authorization_pending' }, 400);
  });
  t.after(() => device.close());
  for (lifetime of [{ interval: -1 }, { interval: 1e300, expires_in: 1e300 }, { interval: 9.2e18, expires_in: 9.2e18 }]) {
    polls = 0;
    const { code, stderr } = await user.run(['token', '--grant', 'device_code', '--device-url', `${device.url}/device`, '--token-url', `${device.url}/token`, '--client-id', 'c',
      '--client-auth', 'none', '--browser', 'none', '--wait', '1']);
    assert.match(stderr, /expired_token/);
    assert.equal(code, 5, stderr);
    assert.ok(polls <= 1, `${polls} polls`);
  }
});
