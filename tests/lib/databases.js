// SQLite files of a server that is not running, by Python's own SQLite.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const python = (script, ...args) => run('python3', ['-c', `import sqlite3, sys, json\n${script}`, ...args], { maxBuffer: 64 << 20 });

/** Makes files by the statements of texts: [[file, text file], …]. */
export const createDatabases = (pairs) =>
  python('for file, text in json.loads(sys.argv[1]): sqlite3.connect(file).executescript(open(text).read())', JSON.stringify(pairs));

/** Runs one statement. */
export const changeDatabase = (file, sql) =>
  python('db = sqlite3.connect(sys.argv[1]); db.execute(sys.argv[2]); db.commit()', file, sql);

/** The rows of a query, as arrays. */
export async function queryDatabase(file, sql) {
  const { stdout } = await python('print(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))', file, sql);
  return JSON.parse(stdout);
}

const CHECKS = `
for file in sys.argv[1:]:
    db = sqlite3.connect(file)
    print(file, db.execute('PRAGMA integrity_check').fetchall(), db.execute('PRAGMA foreign_key_check').fetchall())`;

/** Throws unless each file is sound: its pages, and the rows that others name. */
export async function checkSound(...files) {
  const { stdout } = await python(CHECKS, ...files);
  assert.equal(stdout, files.map((file) => `${file} [('ok',)] []\n`).join(''));
}
