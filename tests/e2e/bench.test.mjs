// deltapost bench judges itself; here only that it does, and that what it prints can be read. No speed is asked for.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {binary, environment, temporaryFolder} from './support.mjs';

const bench = (...words) => spawnSync(binary, ['bench', ...words], {encoding: 'utf8', timeout: 120_000, env: environment()});

describe('deltapost bench', () => {
  test('--quick runs the main case beside the floor and loses nothing', (t) => {
    const picture = join(temporaryFolder(t), 'bench.svg');
    const {status, stdout, stderr} = bench('--quick', '--seconds', '1', '--json', '--svg', picture);
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout);
    for (const key of ['changes_per_s', 'floor_changes_per_s', 'floor_share', 'p50_ms', 'p99_ms', 'lost', 'reordered', 'repeated', 'bytes_kept_per_change']) {
      assert.equal(typeof report[key], 'number', key);
    }
    assert.deepEqual([report.lost, report.reordered, report.refused], [0, 0, 0]);
    assert.ok(report.changes > 0);
    assert.deepEqual(Object.keys(report.cases), ['leads']);
    assert.match(stderr, /changes\/s\s+durable and delivered/, 'people read the table meanwhile');
    assert.match(readFileSync(picture, 'utf8'), /^<svg [^]*<\/svg>\n$/);
  });

  test('--list tells the cases, and --case refuses what is none', () => {
    const names = bench('--list').stdout.trim().split('\n').map((line) => line.split(' ')[0]);
    for (const name of ['leads', 'contacts', 'fan-out-100', 'restart']) assert.ok(names.includes(name), name);
    const {status, stdout, stderr} = bench('--case', 'nothing');
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /nothing/);
  });
});
