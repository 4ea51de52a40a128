// Records rebuilt from the raw webhooks that made them: `deltapost replay` and `verify --same-as`, with the program.
import assert from 'node:assert/strict';
import {copyFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {Sender, contact, lead, tick} from './senders.mjs';
import {Client, Server, freshServer, newPhone, run, temporaryFolder} from './support.mjs';

const GENERIC = {format: 'generic', verifier: 'none', mapping: {eventId: '/event', id: '/id', time: '/at', fields: {phone: '/phone', firstName: '/name', email: '/email'}}};

/** Webhooks of all sorts, of two accounts, and what people decided about them. */
async function history(api) {
  const stranger = api.with((await api.post('/v1/accounts', {name: 'Stranger'}, {status: 201})).body.key);
  const calls = await Sender.create(api, {format: 'iclosed', verifier: 'apten'});
  const leads = await Sender.create(api, GENERIC);
  const theirs = await Sender.create(stranger, {...GENERIC, verifier: 'standard'});
  const [times, phones] = [[tick(), tick(), tick()], [newPhone(), newPhone(), newPhone()]];
  for (const who of [leads, theirs]) {
    await who.says('accepted', {event: 'e1', id: 'l1', phone: phones[0], at: times[2], name: 'Newer'});
    await who.says('stale', {event: 'e0', id: 'l1', phone: phones[0], at: times[1], name: 'Older', email: 'late@example.com'});
    await who.says('duplicate', {event: 'e1', id: 'l1', phone: phones[0], at: times[2], name: 'Newer'});
    await who.says('accepted', {phone: phones[1], name: 'Nameless id'});
  }
  await calls.says('accepted', [{id: 5, updatedAt: tick(), hookType: 'contactUpdated', firstName: 'Raya', questionsAndAnswers: {Plan: 'Gold'}}]);
  const mixed = await calls.says('quarantined', [{id: 6, updatedAt: tick(), firstName: 'Good'}, {id: 7, updatedAt: tick(), email: 'nobody'}]);
  await api.post(`/v1/receipts/${mixed.receipt}/release`, {json: [{id: 7, updatedAt: tick(), email: 'mended@example.com'}]});
  await calls.says('quarantined', 'not JSON');
  await calls.send('{}', {signed: false, status: 401});
  const renamed = await leads.says('quarantined', {id: 'l3', tel: phones[2]});
  await api.patch(`/v1/sources/${leads.id}`, {mapping: {id: '/id', fields: {phone: '/tel'}}});
  await api.post(`/v1/receipts/${renamed.receipt}/release`);
  assert.equal((await lead(api, 'l1')).email, 'late@example.com');
  assert.equal((await contact(api, 7)).email, 'mended@example.com');
}

test('Replayed into an empty store, the receipts give the same records; into their own, they change nothing', async (t) => {
  const {server, api} = await freshServer(t);
  await history(api);
  await server.stop();
  const folder = temporaryFolder(t);
  const [store, rebuilt] = [join(server.folder, 'deltapost.db'), join(folder, 'deltapost.db')];

  const replayed = run('replay', '--store', store, '--into', rebuilt);
  assert.equal(replayed.status, 0, replayed.stderr + replayed.stdout);
  assert.match(replayed.stdout, /changes made, 0 verdicts differ/);
  for (const one of [store, rebuilt]) {
    const verified = run('verify', '--store', one, '--same-as', one === store ? rebuilt : store);
    assert.equal(verified.status, 0, verified.stdout + verified.stderr);
    assert.match(verified.stdout, /every record is the fold of its changes[^]*the same leads and contacts/);
  }
  const again = run('replay', '--store', store);
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /nothing changed/);

  const refused = run('replay', '--store', store, '--into', rebuilt);
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr + refused.stdout, /holds a .* already; name a new file/);

  // What was rebuilt serves the same keys and sources; a copy that comes once more is known.
  for (const name of readdirSync(server.folder).filter((file) => !/^deltapost\.db(-wal|-shm)?$|^port$/.test(file))) {
    copyFileSync(join(server.folder, name), join(folder, name));
  }
  const other = await Server.start(folder);
  t.after(() => other.stop('SIGKILL'));
  const client = new Client(other, api.key);
  assert.equal((await lead(client, 'l1')).firstName, 'Newer');
  assert.deepEqual((await client.get('/v1/endpoints')).body.endpoints, []);
  assert.ok((await client.get('/v1/receipts')).body.receipts.length >= 8);
});

test('verify --same-as names the records that are not the same', async (t) => {
  const {server, api} = await freshServer(t);
  const sender = await Sender.create(api, GENERIC);
  await sender.says('accepted', {id: 'l1', phone: newPhone(), name: 'Ann'});
  await server.stop();
  const [store, rebuilt] = [join(server.folder, 'deltapost.db'), join(temporaryFolder(t), 'rebuilt.db')];
  assert.equal(run('replay', '--store', store, '--into', rebuilt).status, 0);
  const again = await Server.start(server.folder);
  t.after(() => again.stop('SIGKILL'));
  const client = new Client(again, api.key);
  await client.patch('/v1/leads/l1', {firstName: 'Eve'});
  const {id} = (await client.post('/v1/leads/create', {phone: newPhone()})).body;
  await again.stop();
  const {status, stdout} = run('verify', '--store', store, '--same-as', rebuilt);
  assert.equal(status, 1);
  assert.match(stdout, /lead l1 of account \S+ is not the same in both/);
  assert.ok(stdout.includes(`lead ${id} of account`), stdout);
  assert.match(stdout, /the stores do not hold the same leads and contacts/);
});

test('A store that is not there is named', () => {
  for (const args of [['replay', '--store', '/nowhere/x.db'], ['verify', '--store', '/nowhere/x.db']]) {
    const {status, stderr} = run(...args);
    assert.notEqual(status, 0);
    assert.match(stderr, /\/nowhere\/x\.db/);
  }
});
