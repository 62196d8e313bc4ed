// Two servers on one PostgreSQL behind nginx, then HAProxy, as packaging/ sets them up: people sign in
// across them, and one that is restarted or killed costs at most the requests that it was working on.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { api, tokenAnswer } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, exchange, pkce, refresh, signIn } from '../lib/browser.js';
import { admin } from '../lib/fixtures.js';
import { returnPort, takePort } from '../lib/ports.js';
import { startServer } from '../lib/server.js';

const CLIENTS = 8;
const PER_PHASE = Number(process.env.REQUESTS ?? 400);
const packaged = (name) => fs.readFileSync(new URL(`../../packaging/${name}`, import.meta.url), 'utf8');

// Without a database of its own there is nothing to share.
const engine = process.env.SIGNET_TEST_DB ?? 'sqlite';
const proxies = engine === 'postgres' ? ['nginx', 'haproxy'] : [];

const commands = {
  nginx: (folder, text) => {
    fs.writeFileSync(path.join(folder, 'site.conf'), text);
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
    const main = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {} http { access_log off; ${temp} include ${folder}/site.conf; }`;
    fs.writeFileSync(path.join(folder, 'main.conf'), main);
    return ['/usr/sbin/nginx', ['-c', path.join(folder, 'main.conf'), '-e', path.join(folder, 'error.log')]];
  },
  haproxy: (folder, text) => {
    fs.writeFileSync(path.join(folder, 'haproxy.cfg'), text);
    return ['/usr/sbin/haproxy', ['-db', '-f', path.join(folder, 'haproxy.cfg')]];
  },
};

async function startProxy(name, replacements) {
  let text = packaged(name === 'nginx' ? 'nginx.conf' : 'haproxy.cfg');
  for (const [from, to] of replacements) {
    assert.ok(text.includes(from), from);
    text = text.replaceAll(from, to);
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `signet-${name}-`));
  const child = spawn(...commands[name](folder, text), { stdio: ['ignore', 'inherit', 'inherit'] });
  return {
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

// PER_PHASE requests by CLIENTS at once, while `meanwhile` happens; how they ended, by status.
async function load(front, meanwhile) {
  const ends = {};
  let left = PER_PHASE;
  const client = async () => {
    while (left-- > 0) {
      let end;
      try {
        end = (await (left % 2 ? tokenAnswer(front) : api(front, 'GET', '/oidc/jwks'))).status;
      } catch (error) {
        end = error.code ?? String(error);
      }
      ends[end] = (ends[end] ?? 0) + 1;
    }
  };
  await Promise.all([...Array.from({ length: CLIENTS }, client), meanwhile()]);
  return ends;
}

for (const name of proxies) {
  test(`behind ${name}`, async (t) => {
    const [frontPort, ...health] = [await takePort(), await takePort(), await takePort()];
    const base = `http://localhost:${frontPort}`;
    const shared = { ENDPOINT: base, TRUST_PROXY_HEADER: '1', SIGNET_TRUSTED_PROXIES: '127.0.0.1' };
    const one = await startServer({ env: { ...shared, SIGNET_OPERATIONS_PORT: health[0] } });
    const key = path.join(one.data, 'secret.key');
    const two = await startServer({ env: { ...shared, DB_URL: one.env.DB_URL, SIGNET_KEY_FILE: key, SIGNET_OPERATIONS_PORT: health[1] }, init: false });
    const ports = [['3001', String(one.port)], ['3011', String(two.port)]];
    const proxy = await startProxy(name, [
      ...ports,
      [name === 'nginx' ? 'listen 8080' : 'bind :8081', `${name === 'nginx' ? 'listen ' : 'bind :'}${frontPort}`],
      ...(name === 'haproxy' ? [['port 9464', `port ${health[0]}`], ['port 9474', `port ${health[1]}`]] : []),
    ]);
    const front = Object.assign(Object.create(one), { base, client: { ...one.client, tokenUrl: `${base}/oidc/token` }, secrets: one.secrets });
    front.agent = one.agent;
    one.secrets.add(PASSWORD);
    for (let status = 0; status !== 200; ) status = await api(front, 'GET', '/oidc/jwks').then((answer) => answer.status, () => 0);

    await t.test('people sign in, whichever server each step reaches', async () => {
      front.adminToken = undefined;
      const [spa, user] = [await createClient(front, 'SPA'), await createUser(front)];
      // What one server has changed the other sees within a second.
      for (const each of [one, two]) {
        for (let status = 0; status !== 303; ) ({ status } = await api(each, 'GET', `${each.base}${authorizeUrl(spa, pkce())}`, { headers: { accept: 'text/html' } }));
      }
      for (let i = 0; i < 5; i += 1) {
        const signed = await signIn(new Browser(front), spa, user);
        const tokens = await exchange(front, spa, signed);
        assert.equal(tokens.status, 200, tokens.text);
        assert.equal((await refresh(front, spa, tokens.json.refresh_token)).status, 200);
        assert.equal((await exchange(front, spa, signed)).status, 400, 'a code works once, on both');
      }
      const seen = await api(front, 'GET', '/oidc/.well-known/openid-configuration');
      assert.equal(seen.json.issuer, `${base}/oidc`);
      const logs = await api(front, 'GET', '/api/logs?page_size=5', { token: await admin(front) });
      assert.ok(logs.json.every(({ payload }) => payload.ip === '127.0.0.1' || payload.ip === '::1'), 'the client, not the proxy');
    });

    await t.test('a restart is not noticed by those who read, nor a kill beyond what was under way', async () => {
      const restarted = await load(front, () => two.restart());
      t.diagnostic(`${name}: ${JSON.stringify(restarted)} while one is restarted`);
      const killed = await load(front, () => two.kill());
      t.diagnostic(`${name}: ${JSON.stringify(killed)} while one is killed`);
      const bad = (ends) => PER_PHASE - (ends[200] ?? 0);
      assert.ok(bad(restarted) <= CLIENTS, JSON.stringify(restarted));
      assert.ok(bad(killed) <= 2 * CLIENTS, JSON.stringify(killed));
      const after = await load(front, async () => {});
      assert.equal(after[200], PER_PHASE, JSON.stringify(after));
    });
    await proxy.stop();
    await two.restart();
    await two.stop();
    await one.stop();
    [frontPort, ...health].forEach(returnPort);
  });
}
