// A first start that goes wrong, whatever becomes of it, is made up for by the next one.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {Client, Server, binary, environment, run, temporaryFolder, within} from './support.mjs';

const keyIn = (output) => /^admin key: (dp_\S+)/m.exec(output)?.[1];
const serve = (folder, ...more) => ['serve', '--store', join(folder, 'deltapost.db'), '--listen', '127.0.0.1:0', ...more];

/** Starts the server, ends it politely, and gives the key that it showed, if it did. */
async function shownBy(t, folder) {
  const server = await Server.start(folder);
  t.after(() => server.stop('SIGKILL'));
  const said = new Promise((resolve) => server.process.once('close', resolve));
  await server.stop();
  await within(said, 'the end of what the server says');
  return keyIn(server.output);
}

/** The next start succeeds, and of all keys that were shown the last one is good. */
async function madeUpFor(t, folder, shownBefore) {
  const key = await shownBy(t, folder) ?? shownBefore;
  assert.ok(key, 'there is a store, and nobody was told its key');
  const server = await Server.start(folder);
  t.after(() => server.stop('SIGKILL'));
  await new Client(server, key).get('/v1/leads', {status: 200});
  await server.stop();
}

describe('A first start', () => {
  test('that finds its port taken has shown the key that counts', async (t) => {
    const folder = temporaryFolder(t);
    const taken = createServer();
    await new Promise((resolve) => taken.listen(0, '127.0.0.1', resolve));
    t.after(() => taken.close());
    const {status, stdout, stderr} = run(...serve(folder).slice(0, -1), `127.0.0.1:${taken.address().port}`);
    assert.equal(status, 1, stdout);
    assert.match(stderr, /Cannot listen on 127\.0\.0\.1/);
    assert.ok(keyIn(stdout), `no key was shown: ${stdout}`);
    await madeUpFor(t, folder, keyIn(stdout));
  });

  test('that cannot write its master key leaves a store that can be started', async (t) => {
    const folder = temporaryFolder(t);
    const {status, stderr} = run(...serve(folder, '--master-key-file', join(folder, 'nowhere', 'key')));
    assert.equal(status, 1);
    assert.match(stderr, /cannot write the master key/);
    await madeUpFor(t, folder);
  });

  test('that is killed at any instant can be made up for', async (t) => {
    for (let afterMs = 0; afterMs < 80; afterMs += 8) {
      const folder = temporaryFolder(t);
      const server = spawn(binary, serve(folder, '--port-file', join(folder, 'port')), {env: environment(), stdio: ['ignore', 'pipe', 'ignore']});
      let output = '';
      server.stdout.setEncoding('utf8').on('data', (text) => { output += text; });
      const ended = new Promise((resolve) => server.once('close', resolve));
      setTimeout(() => server.kill('SIGKILL'), afterMs);
      await ended;
      await madeUpFor(t, folder, keyIn(output)).catch((error) => assert.fail(`killed after ${afterMs} ms: ${error.message}`));
    }
  });
});
