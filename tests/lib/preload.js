// Libraries of tests/preload that stand between a server and its system, steered by numbers in a file.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../preload', import.meta.url));

/**
 * const crash = new Preload('crash'); startServer({ env: crash.env }); crash.set(1, 5, 0): the numbers
 * that tests/preload/crash.c reads, 64 bits each; they take effect at once. remove() when done.
 */
export class Preload {
  constructor(name, ...numbers) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-preload-'));
    const library = path.join(this.folder, `${name}.so`);
    execFileSync('cc', ['-D_GNU_SOURCE', '-O1', '-shared', '-fPIC', '-o', library, path.join(folder, `${name}.c`), '-ldl']);
    this.file = fs.openSync(path.join(this.folder, 'control'), 'w+', 0o600);
    fs.writeSync(this.file, Buffer.alloc(64));
    this.set(...numbers);
    this.env = {
      LD_PRELOAD: library,
      PRELOAD_CONTROL: path.join(this.folder, 'control'),
      // Whole stacks where leaks are to be found out: slow, but leaks.txt names what is in their middle.
      ASAN_OPTIONS: `detect_leaks=1:detect_stack_use_after_return=1:verify_asan_link_order=0:handle_abort=1:fast_unwind_on_malloc=${name === 'memory' ? 0 : 1}`,
      LSAN_OPTIONS: `suppressions=${path.join(folder, 'leaks.txt')}:print_suppressions=0`,
    };
  }

  set(...numbers) {
    const bytes = Buffer.from(BigInt64Array.from(numbers, BigInt).buffer);
    fs.writeSync(this.file, bytes, 0, bytes.length, 0);
  }

  /** The number at a place, as the library left it. */
  get(place) {
    const bytes = Buffer.alloc(8);
    fs.readSync(this.file, bytes, 0, 8, place * 8);
    return Number(bytes.readBigInt64LE());
  }

  remove() {
    fs.closeSync(this.file);
    fs.rmSync(this.folder, { recursive: true });
  }
}
