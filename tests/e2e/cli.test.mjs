// What a typing error on the command line gets: the word that is wrong, and what would be right.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {describe, test} from 'node:test';

const run = (...words) => spawnSync(process.env.DELTAPOST_BIN, words, {encoding: 'utf8', timeout: 20_000});

describe('A typing error on the command line', () => {
  for (const [words, told] of [
    [['frobnicate'], 'has no command "frobnicate"; there are: serve'],
    [['lead', 'updte', 'x'], 'has no command "updte"; there are: create, list'],
    [['lead'], 'lead needs a command'],
    [['serve', '--lisen', '127.0.0.1:0'], '--lisen'],
    [['serve', '--threads', 'two'], 'threads must be a whole number from 1 to 64, not "two"'],
    [['lead', 'get', 'x', '--wrong', '1'], '--wrong'],
    [['lead', 'update', 'x', 'firstName', '--api-key', 'k'], 'write name=text or name:=json'],
  ]) {
    test(words.join(' '), () => {
      const {status, signal, stdout, stderr} = run(...words);
      assert.equal(signal, null, 'it ends by itself');
      assert.notEqual(status, 0);
      assert.ok((stdout + stderr).includes(told), stdout + stderr);
    });
  }
});
