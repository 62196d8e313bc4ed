// PostgreSQL that is stopped, restarted and loses its connections under load: nothing acknowledged is
// lost, nothing but 503 in the gap, and work goes on soon after.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { test } from 'node:test';
import { api, tokenAnswer } from '../lib/api.js';
import { admin, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
// Sanitizers make everything slow; the promise is about the release build.
const RECOVERY_MS = (process.env.SIGNET_BIN ?? 'build/asan/signet').includes('san') ? 15_000 : 2000;
// A server with a database of its own has none to lose.
const engines = process.env.SIGNET_TEST_DB === 'postgres' ? ['postgres'] : [];

const psql = (sql) => execFileSync('psql', [process.env.SIGNET_TEST_PG_URL, '-qXAtc', sql], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
// As its owner: it does not run as root.
function restart(mode) {
  const folder = psql('SHOW data_directory');
  const options = fs.readFileSync(`${folder}/postmaster.opts`, 'utf8');
  const [program, ...given] = options.trim().split(' ');
  const control = program.replace(/postgres$/, 'pg_ctl');
  const { uid, gid } = fs.statSync(folder);
  const text = given.map((word) => word.replace(/^"|"$/g, '')).filter((word, i, all) => word !== '-D' && all[i - 1] !== '-D').join(' ');
  execFileSync(control, ['-D', folder, '-m', mode, '-s', '-w', '-l', `${folder}/../server.log`, '-o', text, 'restart'], { uid, gid, cwd: '/', stdio: 'ignore' });
}

for (const db of engines) {
  test(`${ROUNDS} rounds of trouble`, async (t) => {
    const server = await startServer({ db });
    t.after(() => server.stop());
    const kept = [];
    const troubles = {
      'connections are killed': () => psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname LIKE 'signet%'"),
      'a fast restart': () => restart('fast'),
      'a crash': () => restart('immediate'),
    };
    await admin(server);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, trouble] of Object.entries(troubles)) {
        const ends = {};
        let stop = false;
        const work = async (i) => {
          while (!stop) {
            const role = unique('role');
            const made = i % 2 ? await tokenAnswer(server) : await api(server, 'POST', '/api/roles', { token: server.adminToken, body: { name: role, description: 'd' } });
            ends[made.status] = (ends[made.status] ?? 0) + 1;
            assert.ok([200, 503].includes(made.status), `${name}: ${made.status} ${made.text}`);
            if (made.status === 200 && i % 2 === 0) kept.push(role);
            if (made.status === 503) assert.ok(made.headers['retry-after']);
          }
        };
        const working = Promise.all([1, 2, 3, 4].map(work));
        while ((ends[200] ?? 0) < 20) await new Promise(setImmediate);
        trouble();
        const since = performance.now();
        let status = 0;
        while (status !== 200) {
          const role = unique('role');
          ({ status } = await api(server, 'POST', '/api/roles', { token: server.adminToken, body: { name: role, description: 'd' } }));
          if (status === 200) kept.push(role);
        }
        const recovered = performance.now() - since;
        stop = true;
        await working;
        t.diagnostic(`${name}: ${JSON.stringify(ends)}, again after ${Math.round(recovered)} ms`);
        assert.ok(recovered < RECOVERY_MS, `${name}: ${recovered} ms`);
      }
    }
    const roles = new Set();
    for (let page = 1; ; page += 1) {
      const { json } = await api(server, 'GET', `/api/roles?page_size=100&page=${page}`, { token: server.adminToken });
      for (const { name } of json) roles.add(name);
      if (json.length < 100) break;
    }
    for (const name of kept) assert.ok(roles.has(name), `${name} was acknowledged`);
  });
}
