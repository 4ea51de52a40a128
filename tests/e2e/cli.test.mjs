// The program on the command line. What a typing error gets: the word that is wrong, and what would be right.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {before, describe, test} from 'node:test';
import {StandardWebhook} from './peers.mjs';
import {Receiver} from './receiver.mjs';
import {Sender, tick} from './senders.mjs';
import {binary, environment, eventually, suiteServer, within} from './support.mjs';

const run = (...words) => spawnSync(binary, words, {encoding: 'utf8', timeout: 20_000, env: environment()});

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

describe('A saved webhook on the command line', () => {
  const suite = suiteServer();
  const send = (id, file, ...words) => run('source', 'send', id, file, '--url', suite.server.url, '--api-key', suite.api.key, ...words);
  const answers = (stdout) => stdout.trim().split('\n').map((line) => [Number(line.slice(0, 3)), JSON.parse(line.slice(4))]);
  let sender, file;
  before(async () => {
    sender = await Sender.create(suite.api, {format: 'iclosed', verifier: 'apten'});
    file = join(suite.folder, 'body.json');
    writeFileSync(file, JSON.stringify({id: 5, updatedAt: tick(), hookType: 'contactUpdated', firstName: 'Raya'}));
  });

  test('is signed as its source expects, and sent as often as wanted', async () => {
    const {status, stdout, stderr} = await send(sender.id, file, '--times', '3');
    assert.equal(status, 0, stderr);
    assert.deepEqual(answers(stdout).map(([code, {verdict}]) => [code, verdict]), [[200, 'accepted'], [200, 'duplicate'], [200, 'duplicate']]);
    assert.equal((await sender.receipts()).length, 3);
  });

  test('is refused when it is signed with another secret', async () => {
    const {status, stdout} = await send(sender.id, file, '--secret', 'not-the-secret-of-this-source');
    assert.equal(status, 1);
    assert.equal(Number(stdout.slice(0, 3)), 401);
  });

  test('has to be there, and its source, too', async () => {
    assert.match((await send(sender.id, '/nowhere.json')).stderr, /\/nowhere\.json/);
    assert.match((await send('src_nobody', file)).stderr, /src_nobody/);
  });
});

describe('deltapost listen', () => {
  /** The receiver of the program, once it listens. */
  async function listening(t, ...words) {
    const child = spawn(binary, ['listen', '--port', '0', ...words], {stdio: ['ignore', 'pipe', 'pipe'], env: environment()});
    t.after(() => child.kill('SIGKILL'));
    const heard = {output: ''};
    const port = new Promise((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text) => {
        heard.output += text;
        const found = /listening on http:\/\/127\.0\.0\.1:(\d+)\//.exec(heard.output);
        if (found) resolve(Number(found[1]));
      });
    });
    return {url: `http://127.0.0.1:${await within(port, 'the port of listen')}/hook`, told: () => heard.output};
  }

  test('--forward passes body, query, signature headers and the answer on', async (t) => {
    const behind = await Receiver.start(t, () => ({status: 418, headers: {'content-type': 'application/json'}, body: '{"tea":true}'}));
    const secret = 'whsec_' + Buffer.alloc(32, 7).toString('base64');
    const {url, told} = await listening(t, '--secret', secret, '--forward', behind.url);
    const raw = '{"type": "lead.updated",\n "data": {"kind": "lead", "id": "l1", "changes": {}}}';
    const at = new Date();
    const signed = {'webhook-id': 'msg_1', 'webhook-timestamp': String(Math.floor(at / 1000)), 'webhook-signature': new StandardWebhook(secret).sign('msg_1', at, raw)};
    const answer = await fetch(`${url}?key=a%20b`, {method: 'POST', body: raw, headers: {'content-type': 'application/json', ...signed}});
    assert.deepEqual([answer.status, await answer.text(), answer.headers.get('content-type')], [418, '{"tea":true}', 'application/json']);
    const [request] = behind.requests;
    assert.equal(request.path, '/hook?key=a%20b');
    assert.equal(request.text, raw);
    for (const [name, value] of Object.entries(signed)) assert.equal(request.headers[name], value);
    await eventually(told, (text) => /lead\.updated.*verified \(standard\).*forwarded: 418/.test(text), 'the line about it');
  });

  test('--forward says so when nobody answers there', async (t) => {
    const behind = await Receiver.start();
    await behind.stop();
    const {url} = await listening(t, '--forward', behind.url);
    const answer = await fetch(url, {method: 'POST', body: '{}'});
    assert.equal(answer.status, 502);
    assert.match(await answer.text(), /refused/);
  });
});
