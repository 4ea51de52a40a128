// More comes in than can be stored: refused at once, in words that say what to do; what was taken is kept, and as soon as the
// store goes on, so does everything. The store stands still here for as long as the test wants it to.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {closeSync, openSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {Client, Server, eventually, newPhone, run, temporaryFolder, withTroubledSync} from './support.mjs';

/** Syncs that begin while it is shut wait until it is opened. */
class Gate {
  constructor(folder) { this.path = join(folder, 'gate'); }
  shut() { assert.equal(spawnSync('mkfifo', [this.path]).status, 0); }
  open() {
    const writer = openSync(this.path, 'r+');  // lets those go that wait
    rmSync(this.path);
    closeSync(writer);
  }
}

const waiting = async (api) => Number(/^deltapost_commits_waiting (\d+)/m.exec((await api.get('/metrics')).text)[1]);

test('What cannot be stored in time is refused at once and says so; what was taken is kept, and the next is taken at once', async (t) => {
  const folder = temporaryFolder(t);
  const gate = new Gate(folder);
  const server = await Server.start(folder, {wrap: withTroubledSync({HOLD_SYNC_AT: gate.path})});
  t.after(() => server.stop('SIGKILL'));
  const api = new Client(server, await server.adminKey());
  const {url} = (await api.post('/v1/sources', {
    name: 'theirs', format: 'generic', verifier: 'none',
    mapping: {kind: 'lead', id: '/leadId', time: '/updatedAt', fields: {phone: '/phone'}},
  }, {status: 201})).body;

  const answers = [];
  const create = async () => {
    const phone = newPhone();
    const {status, headers, body} = await api.call('POST', '/v1/leads/create', {body: {phone}, status: [200, 503]});
    answers.push({status, headers, body, phone});
  };
  const refusals = () => answers.filter(({status}) => status !== 200);

  gate.shut();
  const writes = [];
  await eventually(async () => {
    writes.push(create());
    return waiting(api);  // a round trip, so that the server keeps up with us
  }, () => refusals().length > 0, 'a refusal');
  const held = await waiting(api);
  assert.ok(held > 0, 'others wait');
  const {status, headers, body} = refusals()[0];
  assert.equal(status, 503);
  assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  assert.equal(headers.get('content-type'), 'application/problem+json');
  assert.equal(body.type, 'urn:deltapost:problem:overloaded');
  assert.match(body.detail, /more comes in than can be stored/);
  assert.deepEqual(answers.filter((answer) => answer.status === 200), [], 'nothing is acknowledged that is not stored');

  const webhook = await api.call('POST', new URL(url).pathname, {
    body: {leadId: 'theirs', phone: newPhone(), updatedAt: '2026-05-14T15:30:00Z'}, status: 503, key: null,
  });
  assert.match(webhook.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  assert.equal(webhook.body.type, 'urn:deltapost:problem:overloaded');
  await api.get('/v1/leads', {status: 200});
  await api.get('/livez', {status: 200});
  assert.ok(await waiting(api) <= held, 'what is refused does not wait');

  gate.open();
  await Promise.all(writes);
  await api.post('/v1/leads/create', {phone: newPhone()}, {status: 200});
  const taken = answers.filter((answer) => answer.status === 200);
  assert.ok(taken.length > 0);
  const stored = (await api.allChanges('&kind=lead')).map(({id}) => id);
  const acknowledged = taken.map((answer) => answer.body.id);
  for (const id of acknowledged) assert.ok(stored.includes(id), `${id} was acknowledged and is not there`);
  assert.equal(stored.length, acknowledged.length + 1, 'what was refused left nothing behind');
  assert.equal((await server.stop()).code, 0);
  const verified = run('verify', '--store', server.store);
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
  t.diagnostic(`${taken.length} taken, ${refusals().length} refused`);
});
