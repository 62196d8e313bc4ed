// Power that goes two thousand times while the embedded engine writes, with torn writes; POWER_CUTS
// sets another number. The unit test does the same a few times in every run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { binary } from '../lib/server.js';

// What PostgreSQL does when the power goes is PostgreSQL's.
const engines = process.env.SIGNET_TEST_DB === 'postgres' ? [] : ['sqlite'];

for (const db of engines) {
  test(`power lost again and again (${db})`, { timeout: 3_600_000 }, () => {
    const program = path.join(path.dirname(binary), 'store_power_test');
    const run = spawnSync(program, { env: { POWER_CUTS: '2000', ...process.env }, encoding: 'utf8' });
    assert.equal(run.error, undefined, `${program} is made by scripts/build asan`);
    assert.equal(run.status, 0, run.stdout + run.stderr);
    console.log(run.stdout.match(/.* cuts, .*/)[0]);
  });
}
