// Replays recorded exchanges of Logto against this server and lists where the answers differ.
// usage: replay.js FOLDER [--allow FILE] [--only PATTERN]
// FOLDER holds *.jsonl files, one exchange a line. FILE is a JSON list of {reason, seq | name |
// difference (a regular expression)}: differences that are meant. The exit code is 1 for any other.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { api, basic, decodeJwt, token } from '../lib/api.js';
import { signet, startServer } from '../lib/server.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { compareValues, differences } from './compare.js';
import { Flow, sendTo } from './flow.js';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { allow: { type: 'string' }, only: { type: 'string' } },
});
if (positionals.length !== 1) throw new Error('usage: replay.js FOLDER [--allow FILE] [--only PATTERN]');

function load(folder) {
  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
  const rows = files.flatMap((file) => fs.readFileSync(path.join(folder, file), 'utf8').split('\n').filter(Boolean)
    .map((line) => ({ file, ...JSON.parse(line) })));
  return rows.sort((a, b) => a.seq - b.seq);
}

async function routePatterns() {
  const { stdout } = await signet(['routes', '--json']);
  return JSON.parse(stdout).map(({ path: template }) => new RegExp(
    `^${template.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')}/?$`));
}

const pointer = (value, at) => at.split('/').slice(1).reduce((inner, key) => inner?.[key], value);

// Values of the recording and what stands for them here.
class Variables {
  values = new Map();
  here = [];

  set(name, value, recorded) {
    this.values.set(name, value);
    if (typeof recorded === 'string' && recorded.length > 4) this.here.unshift([recorded, value]);
  }

  // Replaces ${name}; a name that no answer gave throws.
  fill(text) {
    return text.replace(/\$\{(\w+)\}/g, (_, name) => {
      if (!this.values.has(name)) throw new Error(`needs ${name}`);
      return this.values.get(name);
    });
  }

  fillDeep(value) {
    const whole = typeof value === 'string' && value.match(/^\$\{(\w+)\}$/);
    if (whole && typeof this.values.get(whole[1]) === 'object') return this.values.get(whole[1]);
    if (typeof value === 'string') return this.fill(value);
    if (Array.isArray(value)) return value.map((one) => this.fillDeep(one));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.fillDeep(one)]));
  }

  // The recording as it would read here: ids and addresses exchanged.
  translate(value) {
    const text = this.here.reduce((all, [from, to]) => all.replaceAll(from, to), JSON.stringify(value));
    return JSON.parse(text);
  }

  // A variable that only stands in the path is read off the address as sent.
  learn(row) {
    const names = [...row.path.matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]);
    if (names.every((name) => this.values.has(name))) return;
    const literal = row.path.split(/\$\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const sent = row.url.match(new RegExp(`^${literal.join('(.*?)')}$`));
    const fixed = ['nil'];
    names.forEach((name, i) => fixed.includes(name) && this.values.set(name, sent[i + 1]));
  }
}

function authorization(auth, variables) {
  const [kind, ...rest] = auth.split(':');
  if (kind === 'bearer') return `Bearer ${variables.fill(`\${${rest[0]}}`)}`;
  if (kind === 'basic') return basic(variables.fill(rest[0]), variables.fill(rest.slice(1).join(':')));
  return kind === 'raw' ? variables.fill(rest.join(':')) : undefined;
}

function bodyOf(row, variables) {
  const body = variables.fillDeep(row.body);
  if (row.type?.startsWith('multipart/') || String(row.body).startsWith('…')) throw new Error('body was not recorded');
  if (body === null) return undefined;
  if (typeof body === 'string') return body;
  if (!row.type?.startsWith('application/x-www-form-urlencoded')) return JSON.stringify(body);
  return new URLSearchParams(Array.isArray(body) ? body : Object.entries(body)).toString();
}

async function exchange(server, row, variables, flow) {
  variables.learn(row);
  await flow.prepare(row);
  const headers = variables.translate(row.request_headers ?? {});
  const credentials = authorization(row.auth, variables);
  if (credentials !== undefined) headers.authorization = credentials;
  const body = bodyOf(row, variables);
  if (row.type && body !== undefined) headers['content-type'] = row.type;
  const origin = row.base === 'admin' ? server.adminBase : server.base;
  // Lists are in the order of creation, to the millisecond.
  for (const since = Date.now(); Date.now() === since;) await new Promise(setImmediate);
  const answer = flow.takes(row) ? await flow.send(row, { headers, body }) :
    await api(server, row.method, origin + variables.fill(row.path), { headers, body });
  // Refreshing answers with a new token, and here the old one ends at once.
  if (row.path === "/oidc/token" && answer.json?.refresh_token) variables.set("rt", answer.json.refresh_token);
  for (const [name, at] of Object.entries(row.captures ?? {})) {
    const value = pointer(answer.json, at);
    if (value !== undefined) variables.set(name, value, pointer(row.answer, at));
  }
  return answer;
}

// The claims of tokens: which there are, and what kind of token it says it is.
function tokenDifferences(row, answer, out) {
  for (const [member, { header, claims }] of Object.entries(row.jwt ?? {})) {
    const jwt = answer.json?.[member];
    if (typeof jwt !== 'string' || jwt.split('.').length !== 3) continue;
    const here = decodeJwt(jwt);
    if (header.typ !== here.header.typ) out.push(`${member} typ: ${header.typ}, here ${here.header.typ}`);
    compareValues(claims, here.claims, member, out);
  }
}

function applies(row, patterns) {
  const [asked] = row.path.replace(/\$\{\w+\}/g, 'x').split('?');
  if (row.method === 'CONNECT') return false;
  if (row.path === '${hop}') return true;
  return patterns.some((pattern) => pattern.test(asked)) || (row.status === 404 && row.answer === 'Not Found');
}

// The allowance that covers a difference, if any.
function allowance(allowed, row, difference) {
  return allowed.find((rule) => (rule.seq === undefined || rule.seq === row.seq) &&
    (rule.name === undefined || rule.name === row.name) &&
    (rule.difference === undefined || new RegExp(rule.difference).test(difference)));
}

async function replay(server, rows, patterns, allowed) {
  const variables = new Variables();
  variables.set('mgmt', await token(server), rows[0].answer.access_token);
  variables.here.push(['http://localhost:3001', server.base], ['http://localhost:3002', server.adminBase]);
  const flow = new Flow(server, variables, rows);
  const counts = new Map();
  let unexpected = 0;
  for (const row of rows.slice(1)) {
    if (!counts.has(row.file)) counts.set(row.file, { same: 0, meant: 0, different: 0, skipped: 0 });
    const count = counts.get(row.file);
    let answer;
    try {
      if (!applies(row, patterns) || row.status >= 500) throw new Error('not here');
      if (row.name === 'mock social') await sendTo(server, mailbox, variables.values.get('mgmt'));
      answer = await exchange(server, row, variables, flow);
      if (answer.status < 300 && /verification-code(s)?$/.test(row.path)) {
        const { payload } = await mailbox.take(({ type }) => type !== 'OrganizationInvitation', 5_000).catch((error) => { throw new Error(`${row.seq} ${row.name}: ${error.message}`); });
        for (const name of ['mcode', 'ecode']) variables.set(name, payload.code);
      }
      // There the token is the admin tenant's; here the keys that change are those of its own tenant.
      if (/oidc\/private-keys./.test(row.path)) variables.set('mgmt', await token(server));
    } catch (error) {
      if (!/^(needs |body was|not here)/.test(error.message)) throw error;
      count.skipped += 1;
      continue;
    }
    const out = differences(variables.translate(row), answer);
    tokenDifferences(variables.translate(row), answer, out);
    const left = out.filter((difference) => {
      const rule = allowance(allowed, row, difference);
      if (rule) rule.used = true;
      return !rule;
    });
    count[left.length ? 'different' : out.length ? 'meant' : 'same'] += 1;
    if (!left.length || (options.only && !new RegExp(options.only).test(`${row.file} ${row.path}`))) continue;
    unexpected += 1;
    console.log(`${row.file} ${row.seq} ${row.method} ${row.path} (${row.name})`);
    for (const difference of left) console.log(`    ${difference}`);
  }
  console.table(Object.fromEntries(counts));
  return unexpected;
}

const allowed = options.allow ? JSON.parse(fs.readFileSync(options.allow, 'utf8')) : [];
const mailbox = await startHttpMailbox();
const server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true', STATUS_API_KEY: 'test-status-api-key', TRUST_PROXY_HEADER: '1' } });
try {
  const unexpected = await replay(server, load(positionals[0]), await routePatterns(), allowed);
  for (const rule of allowed.filter((one) => !one.used)) console.log(`allowed but not seen: ${JSON.stringify(rule)}`);
  console.log(`${unexpected} exchanges differ`);
  process.exitCode = unexpected ? 1 : 0;
} finally {
  mailbox.close();
  await server.stop();
}
