// deltapost bench judges itself; here only that it does, and that what it prints can be read. No speed is asked for.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {SANITIZER_FACTOR, binary, environment, eventually, temporaryFolder, within} from './support.mjs';

const bench = (...words) => spawnSync(binary, ['bench', ...words], {encoding: 'utf8', timeout: 120_000, env: environment()});

const childrenOf = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
const alive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('deltapost bench', () => {
  test('--quick runs the main case beside the floor and loses nothing', (t) => {
    const picture = join(temporaryFolder(t), 'bench.svg');
    const {status, stdout, stderr} = bench('--quick', '--seconds', '1', '--json', '--svg', picture);
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout);
    for (const key of ['changes_per_s', 'floor_changes_per_s', 'floor_share', 'p50_ms', 'p99_ms', 'lost', 'reordered', 'repeated', 'bytes_kept_per_change']) {
      assert.equal(typeof report[key], 'number', key);
    }
    assert.deepEqual([report.lost, report.reordered, report.refused, report.failed], [0, 0, 0, 0]);
    assert.ok(report.changes > 0);
    assert.deepEqual(Object.keys(report.cases), ['leads']);
    assert.match(stderr, /changes\/s\s+durable and delivered/, 'people read the table meanwhile');
    assert.match(readFileSync(picture, 'utf8'), /^<svg [^]*<\/svg>\n$/);
  });

  // How much is refused depends on the machine, so it is not asked for; that nothing is between refused and kept is.
  test('of more than the server can take, what it accepts is kept, in order and delivered, and all else told to come again', () => {
    const MEMORY_LIMIT_MIB = 400 * SANITIZER_FACTOR;
    const {status, stdout, stderr} = bench('--case', 'overload', '--case', 'overload-flood', '--seconds', '1', '--json');
    assert.equal(status, 0, stderr);
    for (const storm of Object.values(JSON.parse(stdout).cases)) {
      assert.deepEqual([storm.lost, storm.reordered, storm.failed], [0, 0, 0], 'each refusal says when to try again');
      assert.ok(storm.storm_accepted_per_s > 0, 'it goes on storing');
      assert.equal(storm.after_refused, 0, 'right after the storm all are accepted');
      assert.ok(storm.peak_memory_mib < MEMORY_LIMIT_MIB, `${storm.peak_memory_mib} MiB`);
    }
  });

  test('a signal ends it in order: no folder and no process is left', async (t) => {
    const folder = temporaryFolder(t);
    const running = spawn(binary, ['bench', '--quick', '--seconds', '600'], {env: {...environment(), TMPDIR: folder}});
    const ended = new Promise((resolve) => running.once('exit', (code) => resolve(code)));
    // Receiver, floor and server have begun when the server's store is there.
    const stores = () => readdirSync(folder, {recursive: true}).filter((name) => name.endsWith('bench.db'));
    await eventually(stores, (found) => found.length > 0, 'the store of a run');
    const processes = childrenOf(running.pid);
    running.kill('SIGINT');
    assert.equal(await within(ended, 'its end'), 130);
    assert.deepEqual(readdirSync(folder), []);
    assert.ok(processes.length > 0);
    assert.deepEqual(processes.filter(alive), []);
  });

  test('--list tells the cases, and --case refuses what is none', () => {
    const names = bench('--list').stdout.trim().split('\n').map((line) => line.split(' ')[0]);
    for (const name of ['leads', 'contacts', 'fan-out-100', 'restart']) assert.ok(names.includes(name), name);
    const {status, stdout, stderr} = bench('--case', 'nothing');
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /nothing/);
  });
});
