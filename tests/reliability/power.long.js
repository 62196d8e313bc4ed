// Power that goes two thousand times while the embedded engine writes, with torn writes; POWER_CUTS
// sets another number. The unit test does the same a few times in every run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { binary } from '../lib/server.js';

const CUTS = Number(process.env.POWER_CUTS ?? 2000);
// As many on one database, whose audit log grows and is read whole each time.
const TOGETHER = 250;
// What PostgreSQL does when the power goes is PostgreSQL's.
const engines = process.env.SIGNET_TEST_DB === 'postgres' ? [] : ['sqlite'];

for (const db of engines) {
  test(`power lost ${CUTS} times (${db})`, { timeout: 3_600_000 }, () => {
    const program = path.join(path.dirname(binary), 'store_power_test');
    let acknowledged = 0;
    for (let left = CUTS; left > 0; left -= TOGETHER) {
      const env = { ...process.env, POWER_CUTS: String(Math.min(left, TOGETHER)) };
      const run = spawnSync(program, { env, encoding: 'utf8' });
      assert.equal(run.error, undefined, `${program} is made by scripts/build asan`);
      assert.equal(run.status, 0, run.stdout + run.stderr);
      acknowledged += Number((run.stdout + run.stderr).match(/cuts, (\d+) acknowledged rows/)[1]);
    }
    console.log(`${CUTS} cuts, ${acknowledged} acknowledged rows`);
  });
}
