// Reload and stop under load: not one request fails.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { tokenAnswer } from '../lib/api.js';
import { startServer } from '../lib/server.js';

let server, log;
before(async () => {
  server = await startServer();
  log = path.join(server.data, 'signet.log');
  await server.restart({ SIGNET_LOG_FILE: log });
});
after(() => server.stop());

test('SIGHUP under load: the log file is opened anew and no request fails', async () => {
  const until = { stop: false };
  let answered = 0;
  const client = async () => {
    while (!until.stop) {
      const { status } = await tokenAnswer(server);
      assert.equal(status, 200);
      answered += 1;
    }
  };
  const clients = Array.from({ length: 8 }, client);
  for (let i = 0; i < 10; i += 1) {
    const rotated = `${log}.${i}`;
    fs.renameSync(log, rotated);
    const goal = answered + 20;
    process.kill(server.pid, 'SIGHUP');
    while (answered < goal || !fs.existsSync(log)) await Promise.race([new Promise(setImmediate), ...clients.map((each) => each.then(() => assert.fail('ended')))]);
  }
  until.stop = true;
  await Promise.all(clients);
  assert.ok(answered > 200);
});

test('SIGTERM: open requests are answered, then the process ends with 0', async () => {
  const open = Array.from({ length: 20 }, () => tokenAnswer(server));
  const answers = await Promise.all(open.map((each) => each.then(({ status }) => status)));
  assert.ok(answers.every((status) => status === 200));
  const { code } = await server.end('SIGTERM');
  assert.equal(code, 0);
  await server.restart();
  assert.equal((await tokenAnswer(server)).status, 200);
});
