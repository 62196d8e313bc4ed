// Help, manual pages and completion, which all come from the table of commands.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, signet, startServer } from '../lib/server.js';
import { fails, home, ok, serve } from './support.js';

let server, user;
before(async () => {
  server = await startServer();
  user = home();
  const options = ['token', '--issuer', server.base, '--client-id', server.client.id, '--client-secret-stdin', '--scope', 'all',
    '--resource', server.client.resource, '--profile', 'own'];
  await ok(user.run(options, { input: server.client.secret }));
});
after(async () => {
  user.remove();
  await server.stop();
});

const commands = async () => [...(await ok(signet(['help']))).matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name]) => name);

test('every subcommand has help and a manual page that roff takes without a warning', async () => {
  const names = await commands();
  for (const name of ['serve', 'init', 'token', 'profile', 'api', 'completion', 'man']) assert.ok(names.includes(name), name);
  const folder = path.join(user.folder, 'man');
  await ok(signet(['man', '--all', folder]));
  assert.deepEqual(fs.readdirSync(folder).sort(), ['signet.1', ...names.map((name) => `signet-${name}.1`)].sort());
  for (const name of names) {
    const help = await ok(signet([name, '--help']));
    const page = fs.readFileSync(path.join(folder, `signet-${name}.1`), 'utf8');
    assert.equal(await ok(signet(['man', name])), page);
    const text = page.replaceAll('\\-', '-');
    for (const [, option] of help.matchAll(/^ {2}(--?[\w-]+)/gm)) assert.ok(text.includes(`\n\\fB${option}\\fR`), `${name} ${option}`);
    assert.ok(page.split('\n').every((line) => !/^\.(?!TH|SH|SS|TP|PP|BR|B |br|I )/.test(line)), name);
  }
  await fails(signet(['man', 'nothing']), 2, /there is no subcommand 'nothing'/);
});

test('the manual page tells every exit status', async () => {
  const page = await ok(signet(['man', 'token']));
  for (let status = 0; status <= 7; status += 1) assert.match(page, new RegExp(`\\.TP\n${status}\n`));
});

const words = async (line, shell = 'zsh', who = user) => (await ok(who.run(['completion', 'words', shell, line]))).split('\n').filter(Boolean);

test('commands, options, their values and profiles', async () => {
  assert.deepEqual(await words('signet to'), ['token']);
  assert.ok((await words('signet ')).includes('serve'));
  assert.deepEqual(await words('signet token --client-a'), ['--client-auth', '--client-assertion-audience']);
  assert.deepEqual(await words('signet token --client-auth b'), ['basic', 'body']);
  assert.deepEqual(await words('signet api P'), ['POST', 'PUT', 'PATCH']);
  assert.deepEqual(await words('signet profile sh'), ['show']);
  assert.deepEqual(await words('signet profile show '), ['own']);
  assert.deepEqual(await words('signet api GET /api/status --profile o'), ['own']);
  assert.deepEqual(await words('signet nonsense '), []);
});

test('paths, query parameters and their values from the OpenAPI document', async () => {
  assert.deepEqual(await words('signet api GET /api/appli'), ['/api/applications', '/api/applications/']);
  assert.deepEqual(await words('signet api GET --profile own /api/appli'), ['/api/applications', '/api/applications/']);
  const below = await words('signet api GET /api/applications/abc/r');
  assert.deepEqual(below, ['/api/applications/abc/roles']);
  assert.deepEqual(await words('signet api DELETE /api/status'), []);
  assert.ok((await words('signet api GET /api/applications --query ')).includes('types='));
  assert.deepEqual(await words('signet api GET /api/applications --query types=Mach'), ['types=MachineToMachine']);
  assert.ok(fs.existsSync(path.join(user.profiles, 'own.openapi.json')), 'the copy');
});

test('the copy of the document serves while the API is away', async () => {
  const document = { paths: { '/things': { get: { parameters: [{ $ref: '#/components/parameters/kind' }] } } },
    components: { parameters: { kind: { name: 'kind', in: 'query', schema: { enum: ['a', 'b'] } } } } };
  const api = await serve((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.url === '/token' ? { access_token: 'x' } : document));
  });
  const other = home();
  await ok(other.run(['token', '--token-url', `${api.url}/token`, '--client-id', 'c', '--client-secret-stdin', '--profile', 'p',
    '--api-url', api.url, '--openapi-url', `${api.url}/doc`], { input: 's' }));
  const values = () => words('signet api GET /things --query kind=', 'zsh', other);
  assert.deepEqual(await values(), ['kind=a', 'kind=b']);
  await api.close();
  assert.deepEqual(await values(), ['kind=a', 'kind=b']);
  const copy = path.join(other.profiles, 'p.openapi.json');
  fs.utimesSync(copy, 1, 1);
  assert.deepEqual(await values(), ['kind=a', 'kind=b']);
  other.remove();
});

test('bash completes with the script', async () => {
  const script = await ok(signet(['completion', 'bash']));
  const complete = (line) => {
    const body = `PATH=${path.dirname(binary)}:$PATH\n${script}\nCOMP_LINE='${line}' COMP_POINT=${line.length}\n_signet 2>/dev/null\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    const result = spawnSync('bash', ['--norc', '-c', body], { env: { PATH: process.env.PATH, XDG_CONFIG_HOME: user.folder }, encoding: 'utf8' });
    return result.stdout.trim().split('\n');
  };
  assert.deepEqual(complete('signet prof'), ['profile']);
  assert.deepEqual(complete('signet api GET /api/applications --query types=Mach'), ['MachineToMachine']);
  assert.deepEqual(complete('signet token --grant dev'), ['device_code']);
});

test('scripts for all three shells', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) assert.match(await ok(signet(['completion', shell])), new RegExp(`signet completion words ${shell}`));
  await fails(signet(['completion', 'tcsh']), 2, /say bash, zsh or fish/);
});

test('a terminal gets the token decoded, and JSON indented and coloured', () => {
  const env = { PATH: process.env.PATH, XDG_CONFIG_HOME: user.folder, TERM: 'xterm' };
  const onTerminal = (args) => execFileSync('script', ['-qec', `${binary} ${args}`, '/dev/null'], { env, encoding: 'utf8' });
  assert.match(onTerminal('token --profile own --cached'), /\u001b\[2msignature +\u001b\[0m \u001b\[32mverified/);
  assert.match(onTerminal('api GET /api/roles --profile own'), /^\[\r\n {2}\{\r\n {4}\u001b\[34m"tenantId"/);
  env.NO_COLOR = '1';
  assert.ok(!onTerminal('api GET /api/roles --profile own').includes('\u001b'));
});
