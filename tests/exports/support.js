// What the tests of exports share: getting a file from the server, and running other people's tools.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { api, request } from '../lib/api.js';
import { admin } from '../lib/fixtures.js';

export const FORMATS = [
  'postman', 'postman-environment', 'bruno', 'insomnia', 'hoppscotch', 'http', 'curl', 'node', 'python', 'go', 'java', 'csharp', 'php',
];

export const tool = (name) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));
export const testsFolder = fileURLToPath(new URL('..', import.meta.url));

/** A folder that is removed when the test ends. */
export function scratch(t, parent = os.tmpdir()) {
  const folder = fs.mkdtempSync(path.join(parent, 'signet-exports-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The server's export of its own client, or of `app`; the whole answer. */
export async function exported(server, format, { app = server.client, query, token } = {}) {
  return api(server, 'GET', `/api/applications/${app.id}/exports/${format}`, { token: token ?? (await admin(server)), query });
}

/** The text of an export that must succeed. */
export async function file(server, format, options) {
  const answer = await exported(server, format, options);
  assert.equal(answer.status, 200, answer.text);
  return answer.text;
}

/**
 * Runs a program in a folder to its end: {code, stdout, stderr}. Output goes through files: some
 * programs end before a pipe has taken all of it.
 */
export async function run(command, args, { cwd, env = {} }) {
  const files = ['stdout', 'stderr'].map((name) => path.join(cwd, `.${name}`));
  const [out, err] = files.map((name) => fs.openSync(name, 'w'));
  const child = spawn(command, args, { cwd, env: { PATH: process.env.PATH, HOME: cwd, ...env }, stdio: ['ignore', out, err] });
  const [code] = await once(child, 'close');
  fs.closeSync(out);
  fs.closeSync(err);
  const [stdout, stderr] = files.map((name) => fs.readFileSync(name, 'utf8'));
  return { code, stdout, stderr };
}

/** A token endpoint that notes each request ({headers, form}) and hands it on to the server's. */
export async function tokenEndpoint(t, server) {
  const seen = [];
  const endpoint = http.createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    seen.push({ headers: incoming.headers, form: Object.fromEntries(new URLSearchParams(body)) });
    const { authorization, 'content-type': type } = incoming.headers;
    const answer = await request(server.client.tokenUrl, { method: 'POST', headers: { authorization, 'content-type': type }, body });
    outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
  });
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  t.after(() => endpoint.close());
  return { url: `http://127.0.0.1:${endpoint.address().port}/token`, seen };
}

/** An application name with what quoting can stumble over. */
export const AWKWARD = `A "quoted" 'name' {{endpoint}} {% raw %} <<x>> \${HOME} $(id) \`id\` */ ?> \\u000a # : - ''' {\n}\nsecond line\t\u2028\u202e ü 漢字 😀`;

/**
 * Sends the example body of each POST that makes a thing (or, with `nested`, something of a thing) and
 * whose variables have values; gives [{path, status}]. Some cannot succeed, such as giving a user's
 * role to an application; and the application keeps the one secret that the tests know.
 */
export async function seed(server, collection, values, { nested = false } = {}) {
  const requests = collection.item.flatMap(({ item }) => item.map(({ request: each }) => each));
  const fill = (text) => text.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name] || '\0');
  const answers = [];
  for (const { method, url, body } of requests.filter((each) => each.method === 'POST' && each.body && nested === each.url.variable.length > 0)) {
    const named = Object.fromEntries(url.variable.map(({ key, value }) => [key, fill(value)]));
    const path = `/${url.path.join('/').replace(/:(\w+)/g, (_, name) => named[name])}`;
    const text = fill(body.raw);
    if (`${path}${text}`.includes('\0') || path.endsWith('/secrets')) continue;
    const { status } = await api(server, method, path, { token: await admin(server), body: JSON.parse(text) });
    answers.push({ path, status });
  }
  return answers;
}
