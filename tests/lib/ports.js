// Hands out TCP ports that no other test process uses: the servers share ports willingly
// (SO_REUSEPORT), so asking the kernel for a free one is not enough.
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

// Below the range that the kernel takes for outgoing connections.
const FIRST = 18000;
const COUNT = 12000;
const folder = path.join(os.tmpdir(), `signet-test-ports-${os.userInfo().uid}`);
const held = new Set();
let next = FIRST + ((process.pid * 37) % COUNT);

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

// A port belongs to the process whose id its file holds, for as long as that process lives.
function claim(port) {
  const file = path.join(folder, String(port));
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const owner = Number(fs.readFileSync(file, 'utf8') || process.pid);
  if (!alive(owner)) fs.rmSync(file, { force: true });
  return false;
}

function bindable(port) {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '::', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

export async function takePort() {
  fs.mkdirSync(folder, { recursive: true });
  for (let tried = 0; tried < COUNT; tried += 1) {
    next = next + 1 < FIRST + COUNT ? next + 1 : FIRST;
    if (!claim(next)) continue;
    const port = next;
    held.add(port);
    if (await bindable(port)) return port;
    returnPort(port);
  }
  throw new Error('no free port');
}

export function returnPort(port) {
  if (held.delete(port)) fs.rmSync(path.join(folder, String(port)), { force: true });
}

process.on('exit', () => held.forEach(returnPort));
