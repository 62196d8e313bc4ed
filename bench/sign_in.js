// Measures what a sign-in with a password costs the server, from the authorization request to the tokens: the
// hash of the password, which the threads for slow work make, and all else, which the other threads do.
//
//   ./dev bench sign-in [sign-ins at once …]
import fs from 'node:fs';

process.env.SIGNET_BIN ??= 'build/signet';
const { startServer } = await import('../tests/lib/server.js');
const { Browser, createClient, createUser, exchange, signIn } = await import('../tests/lib/browser.js');

const SIGN_INS = Number(process.env.SIGN_INS ?? 200);
const LIMIT_US = 1500; // beside the hash

// Microseconds of CPU that the threads of this name, or all others, have had.
function cpu(pid, isSlow) {
  let total = 0;
  for (const thread of fs.readdirSync(`/proc/${pid}/task`)) {
    const name = fs.readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim();
    if ((name === 'slow') === isSlow) total += Number(fs.readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
  }
  return total;
}

async function run(server, client, users, atOnce) {
  let left = SIGN_INS;
  const people = async () => {
    while (left-- > 0) {
      const answer = await exchange(server, client, await signIn(new Browser(server), client, users[left % users.length]));
      if (answer.status !== 200) throw new Error(answer.text);
    }
  };
  const before = [cpu(server.pid, true), cpu(server.pid, false)];
  const since = performance.now();
  await Promise.all(Array.from({ length: atOnce }, people));
  const [hash, rest] = [cpu(server.pid, true) - before[0], cpu(server.pid, false) - before[1]].map((us) => us / SIGN_INS);
  return { hash, rest, perSecond: SIGN_INS / ((performance.now() - since) / 1000) };
}

const server = await startServer({ db: process.env.SIGNET_TEST_DB ?? 'sqlite', env: { SIGNET_MAX_CONNECTIONS_PER_ADDRESS: '10000' } });
const client = await createClient(server);
const users = [];
for (let i = 0; i < 16; i += 1) users.push(await createUser(server));
await run(server, client, users, 4);
console.log('at once   hash µs   all else µs   sign-ins/s');
let good = true;
for (const atOnce of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 8]) {
  const { hash, rest, perSecond } = await run(server, client, users, atOnce);
  good &&= rest <= LIMIT_US;
  console.log([[atOnce, 7], [hash.toFixed(0), 9], [rest.toFixed(0), 13], [perSecond.toFixed(1), 12]].map(([text, width]) => String(text).padStart(width)).join(' '));
}
await server.end('SIGTERM');
await server.stop();
if (!good) {
  console.error(`more than ${LIMIT_US} µs beside the hash`);
  process.exitCode = 1;
}
