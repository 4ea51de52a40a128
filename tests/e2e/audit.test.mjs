// The audit log: who changed what, and who did what no change tells; committed with it, in order, and proved.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {operations} from './contract.mjs';
import {Receiver} from './receiver.mjs';
import {Sender} from './senders.mjs';
import {Client, Server, binary, environment, eventually, freshServer, newPhone, newestDelivery, run, seen, suiteServer} from './support.mjs';

const told = ({action, subject}) => `${action} ${subject.kind} ${subject.id}`;

/** All entries, the oldest first. */
async function log(api, query = '') {
  const entries = [];
  for (let next = '';;) {
    const page = (await api.get(`/v1/audit?limit=7${query}${next}`)).body;
    entries.push(...page.entries);
    if (page.nextToken === null) return entries.reverse();
    next = `&nextToken=${encodeURIComponent(page.nextToken)}`;
  }
}

/** The operations that change nothing but leads and contacts, or only read what everyone with their scope may read. */
const UNLOGGED = new Set(['createLead', 'updateLead', 'deleteLead', 'createContact', 'updateContact', 'deleteContact']);

describe('The audit log', () => {
  const suite = suiteServer();

  test('tells of everything that is done to the configuration and with what it guards', async (t) => {
    const {api} = suite;
    const actor = `key:${(await api.get('/v1/account')).body.key.id}`;
    const begin = (await log(api)).length;
    const receiver = await Receiver.start(t);
    const expected = [];
    const did = (action, kind, id) => expected.push(`${action} ${kind} ${id}`);
    const before = Date.now();

    const endpoint = (await api.post('/v1/endpoints', {url: receiver.url, headers: {'X-Own': 'kept-from-view'}})).body.endpoint.id;
    did('endpoint.created', 'endpoint', endpoint);
    const at = `/v1/endpoints/${endpoint}`;
    await api.patch(at, {description: 'Ours'}); did('endpoint.updated', 'endpoint', endpoint);
    await api.patch(at, {description: 'Ours'});  // changes nothing
    await api.patch(at, {headers: {'X-Own': 'kept-from-view-too'}}); did('endpoint.updated', 'endpoint', endpoint);
    await api.get(`${at}/secret`); did('endpoint.secret.viewed', 'endpoint', endpoint);
    await api.post(`${at}/secret/rotate`); did('endpoint.secret.rotated', 'endpoint', endpoint);
    await api.post(`${at}/test`); did('endpoint.tested', 'endpoint', endpoint);
    const lead = (await api.post('/v1/leads/create', {phone: newPhone(), firstName: 'Personal'})).body.id;
    const delivery = await newestDelivery(api, at);
    await api.post(`${at}/deliveries/${delivery.id}/resend`, undefined, {status: 202}); did('delivery.resent', 'delivery', delivery.id);
    await api.post(`${at}/recover`, {since: '2020-01-01T00:00:00Z'}, {status: 202}); did('endpoint.recovered', 'endpoint', endpoint);

    const sender = await Sender.create(api, {format: 'apten', verifier: 'apten'});
    did('source.created', 'source', sender.id);
    const source = `/v1/sources/${sender.id}`;
    const held = [];
    for (const body of ['1', '2', '3', '4']) held.push((await sender.says('quarantined', body)).receipt);
    const note = {event: 'message.received', timestamp: new Date().toISOString(), data: {phone: newPhone()}};
    await api.post(`/v1/receipts/${held[0]}/release`, {json: note}); did('receipt.released', 'receipt', held[0]);
    await api.post(`/v1/receipts/${held[1]}/drop`, undefined, {status: 204}); did('receipt.dropped', 'receipt', held[1]);
    await api.post('/v1/receipts/drop', {ids: [held[2]]}); did('receipt.dropped', 'receipt', held[2]);
    await api.post('/v1/receipts/release', {ids: [held[3]]});  // still unreadable: nothing was done
    await api.get(`${source}/secret`); did('source.secret.viewed', 'source', sender.id);
    await api.get(`${source}/sample`); did('source.sample.signed', 'source', sender.id);
    await api.post(`${source}/token/rotate`); did('source.token.rotated', 'source', sender.id);
    await api.post(`${source}/secret/rotate`); did('source.secret.rotated', 'source', sender.id);
    await api.patch(source, {state: 'paused'}); did('source.updated', 'source', sender.id);
    await api.delete(source, {status: 204}); did('source.deleted', 'source', sender.id);
    await api.delete(at, {status: 204}); did('endpoint.deleted', 'endpoint', endpoint);

    const repeated = {headers: {'idempotency-key': 'audit-1'}, status: 201};
    const key = (await api.post('/v1/keys', {name: 'x', scopes: ['read']}, repeated)).body.apiKey.id; did('api_key.created', 'api_key', key);
    await api.post('/v1/keys', {name: 'x', scopes: ['read']}, repeated); did('api_key.secret.viewed', 'api_key', key);
    await api.delete(`/v1/keys/${key}`, {status: 204}); did('api_key.deleted', 'api_key', key);
    const account = (await api.patch('/v1/account', {retention: {attemptsDays: 3}})).body.account.id; did('account.updated', 'account', account);
    await api.post(`/v1/leads/${lead}/erase`); did('lead.erased', 'lead', lead);
    await api.post(`/v1/leads/${lead}/erase`);  // erased before
    const contact = (await api.post('/v1/contacts', {firstName: 'Personal'})).body.data.contact.id;
    await api.post(`/v1/contacts/${contact}/erase`); did('contact.erased', 'contact', contact);

    const entries = (await log(api)).slice(begin);
    // An erasure of a contact knows its padded id on the wire as a number.
    assert.deepEqual(entries.map(told), expected);
    assert.deepEqual(entries.map(({number}) => number), entries.map((_, i) => begin + i + 1));
    for (const entry of entries) {
      assert.deepEqual([entry.actor, entry.source], [actor, 'api'], told(entry));
      assert.ok(Date.parse(entry.at) >= before - 1000 && Date.parse(entry.at) <= Date.now() + 1000);
    }
    const text = JSON.stringify(await log(api));
    for (const secret of ['kept-from-view', 'Personal', 'secretHash', 'whsec_', sender.secret, sender.token]) assert.ok(!text.includes(secret), secret);
    const changes = entries.filter((entry) => entry.version).map((entry) => [told(entry), entry.changes]);
    assert.deepEqual(changes.find(([what]) => what.startsWith('source.updated'))[1], {state: {old: 'active', new: 'paused'}});
    assert.deepEqual(changes.find(([what]) => what.startsWith('account.updated'))[1], {retention: {new: {attemptsDays: 3}}});
    const updates = changes.filter(([what]) => what === `endpoint.updated endpoint ${endpoint}`).map(([, what]) => what);
    assert.deepEqual(updates, [{description: {old: null, new: 'Ours'}}, {headersRevision: {new: 1}}]);

    // Whatever is new in openapi.yaml and does something must be done above.
    const doing = operations.filter(({method, path, operation}) => operation['x-scope'] && (method !== 'GET' || /secret|sample/.test(path)) && !/^\/v1\/(leads|contacts)(?!.*erase)/.test(path))
      .map(({operation}) => operation.operationId).filter((id) => !UNLOGGED.has(id));
    const undone = doing.filter((id) => ![...(seen.operations.get(id) ?? [])].some((status) => status < 300));
    assert.deepEqual(undone, ['createAccount'], 'each such operation is part of this test');
  });

  test('of a new account begins with who made it', async () => {
    const {api} = suite;
    const made = (await api.post('/v1/accounts', {name: 'Acme'}, {status: 201})).body;
    const own = await log(api.with(made.key));
    const operator = `key:${(await api.get('/v1/account')).body.key.id}`;
    assert.deepEqual(own.map(({action, actor}) => [action, actor]), [['account.created', operator], ['api_key.created', operator]]);
    assert.ok((await log(api)).every(({subject}) => subject.id !== made.account.id), 'and is its own');
  });

  test('is for admins alone, pages by signed cursors, and can be asked for one thing', async () => {
    const {api} = suite;
    for (const scope of ['read', 'write']) {
      const {key} = (await api.post('/v1/keys', {name: scope, scopes: [scope]}, {status: 201})).body;
      await api.with(key).get('/v1/audit', {status: 403});
    }
    const {id} = (await api.post('/v1/endpoints', {url: 'https://hooks.example.com', state: 'paused'}, {status: 201})).body.endpoint;
    for (let i = 0; i < 9; i++) await api.patch(`/v1/endpoints/${id}`, {description: String(i)});
    const about = await log(api, `&subject=${id}`);
    assert.deepEqual(about.map(({version}) => version), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual((await log(api)).filter(({subject}) => subject.id === id), about);
    assert.deepEqual(await log(api, '&subject=nothing'), []);
    assert.equal((await api.get('/v1/audit?nextToken=AAAA', {status: 422})).body.field, 'nextToken');
    assert.equal((await api.get('/v1/audit?action=x', {status: 422})).body.field, 'action');
  });

  test('has a line in the log for each entry, and a command to read it', async () => {
    const {server, api} = suite;
    await api.post('/v1/keys', {name: 'seen-in-the-log', scopes: ['read']}, {status: 201});
    const [newest] = (await api.get('/v1/audit?limit=1')).body.entries;
    await eventually(() => server.output, (text) => text.includes(`audit action=api_key.created kind=api_key id=${newest.subject.id} actor=${newest.actor}`), 'the line');
    const {status, stdout, stderr} = run('account', 'audit', 'limit=1', '--url', server.url, '--api-key', api.key);
    assert.equal(status, 0, stderr);
    assert.ok(stdout.includes(newest.subject.id), stdout);
  });
});

test('What the server does by itself is in the audit log too', async (t) => {
  const {api} = await freshServer(t);
  const receiver = await Receiver.start(t, () => ({status: 410}));
  const {endpoint} = (await api.post('/v1/endpoints', {url: receiver.url}, {status: 201})).body;
  await api.post('/v1/leads/create', {phone: newPhone()});
  const entry = await eventually(async () => (await log(api)).at(-1), ({action}) => action === 'endpoint.updated', 'the endpoint to be disabled');
  assert.deepEqual([entry.subject.id, entry.actor, entry.source, entry.changes.state], [endpoint.id, 'system:delivery', 'delivery', {old: 'active', new: 'disabled'}]);
});

test('An entry is there after a kill right after the answer, and an altered one is found', async (t) => {
  const {server, api} = await freshServer(t);
  const {endpoint} = (await api.post('/v1/endpoints', {url: 'https://hooks.example.com', state: 'paused'}, {status: 201})).body;
  await api.get(`/v1/endpoints/${endpoint.id}/secret`);
  await server.stop('SIGKILL');
  const again = await Server.start(server.folder);
  t.after(() => again.stop('SIGKILL'));
  const entries = await log(new Client(again, api.key));
  assert.deepEqual(entries.slice(-2).map(({action}) => action), ['endpoint.created', 'endpoint.secret.viewed']);
  await again.stop();
  const store = join(server.folder, 'deltapost.db');
  assert.equal(run('verify', '--store', store).status, 0);
  // Someone covers up who looked at the secret.
  const script = 'import sqlite3, sys\n' +
    'db = sqlite3.connect(sys.argv[1])\n' +
    'print(db.execute("UPDATE log SET changes = replace(changes, \'secret.viewed\', \'secret.nothing\') WHERE changes LIKE \'%secret.viewed%\'").rowcount)\n' +
    'db.commit()';
  const altered = spawnSync('python3', ['-c', script, store], {encoding: 'utf8', env: environment()});
  assert.equal(altered.stdout.trim(), '1', altered.stderr);
  const verified = spawnSync(binary, ['verify', '--store', store], {encoding: 'utf8', env: environment()});
  assert.notEqual(verified.status, 0);
  assert.match(verified.stdout + verified.stderr, /audit .*altered/);
});
