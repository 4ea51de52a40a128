// A person's data is erased: its values are in no file, no answer and no delivery any more, and what is left can be verified.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {before, describe, test} from 'node:test';
import {Receiver} from './receiver.mjs';
import {Sender, tick} from './senders.mjs';
import {eventually, freshServer, newPhone, run, suiteServer} from './support.mjs';

const erase = (server, key, ...words) => run('erase', ...words, '--url', server.url, '--api-key', key);

/** Which files of the store hold one of the texts. */
function filesWith(folder, texts) {
  return readdirSync(folder).filter((name) => name.startsWith('deltapost.db')).flatMap((name) => {
    const bytes = readFileSync(join(folder, name));
    return texts.filter((text) => bytes.includes(text)).map((text) => `${name} holds ${text}`);
  });
}

for (const kind of ['lead', 'contact']) {
  test(`Nothing of an erased ${kind} is left but that there was one`, async (t) => {
    const {server, api} = await freshServer(t);
    const receiver = await Receiver.start(t, () => ({status: 200, body: 'Unmistakable is welcome'}));
    const {endpoint} = (await api.post('/v1/endpoints', {url: receiver.url, format: 'standard'}, {status: 201})).body;
    const sender = await Sender.create(api, {format: 'generic', verifier: 'none', mapping: {kind, eventId: '/event', id: '/id', time: '/at',
      fields: {[kind === 'lead' ? 'phone' : 'phoneNumber']: '/phone', firstName: '/name', email: '/email'}}});
    const id = kind === 'lead' ? 'l1' : 51;
    const [phone, email, name] = [newPhone(), 'unmistakable@example.com', 'Unmistakable'];
    const values = [phone, email, name];
    // Documents lie packed in the file: what all of them have in common, such as +1 and .com, does not stand beside the rest.
    const traces = [phone.slice(2), 'unmistakable@', name];
    const at = `/v1/${kind}s/${id}`;
    const created = {event: 'e1', id, at: tick(), phone, email, name};
    await sender.says('accepted', created, {headers: {'x-person': name}});
    await sender.says('accepted', {event: 'e2', id, at: tick(), phone, name: `${name} II`});
    await api.patch(at, {lastName: name}, {headers: {'idempotency-key': 'k1'}});
    const {receipt: waiting} = await sender.says('quarantined', {event: 'e3', id, at: tick(), phone, name: 7});
    await receiver.until((all) => all.some(({text}) => text.includes(`"lastName":`) && text.includes(name)), 'the changes');
    await eventually(async () => (await api.get(`/v1/endpoints/${endpoint.id}/deliveries`)).body.deliveries,
      (deliveries) => deliveries.length >= 3, 'the attempts');
    assert.ok(filesWith(server.folder, traces).length > 0, 'the test knows where to look');
    const [before, sent] = [await api.allChanges(), receiver.requests.length];

    receiver.answer = () => ({status: 200});
    const done = erase(server, api.key, kind, String(id));
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /Erased/);
    assert.deepEqual(filesWith(server.folder, traces), []);

    // Endpoints are told that it is gone, and nothing else.
    const told = await receiver.first(({body}) => body.type === (kind === 'lead' ? 'lead.deleted' : 'contactDeleted'), 'the deletion');
    for (const request of receiver.requests.slice(sent)) {
      for (const value of values) assert.ok(!request.text.includes(value), request.text);
    }
    assert.equal(String(told.body.data.id), String(id));

    const answers = [at, `${at}/changes`, `${at}/timeline`, '/v1/receipts', `/v1/receipts/${waiting}`, `/v1/receipts/${waiting}/body`, '/v1/changes',
      `/v1/${kind}s?limit=10`, `/v1/endpoints/${endpoint.id}/deliveries`];
    for (const path of answers) {
      const {text} = await api.get(path, {status: 200});
      for (const value of values) assert.ok(!text.includes(value), `${path} still tells ${value}: ${text.slice(0, 500)}`);
    }
    for (const {id: delivery} of (await api.get(`/v1/endpoints/${endpoint.id}/deliveries`)).body.deliveries) {
      const {text} = await api.get(`/v1/endpoints/${endpoint.id}/deliveries/${delivery}`);
      for (const value of values) assert.ok(!text.includes(value), text);
    }
    const shown = (await api.get(at)).body;
    const record = kind === 'lead' ? shown : shown.data.contact;
    assert.equal(record.firstName, null);
    assert.match(record.erasedAt, /^\d{4}-/);

    // What happened stays: each version with its time and who made it, without what it said.
    const {changes} = (await api.get(`${at}/changes`)).body;
    assert.deepEqual(changes.map(({version, redacted}) => [version, redacted === true]), [[1, true], [2, true], [3, true], [4, false]]);
    assert.deepEqual(changes.slice(0, 3).map(({actor, at: time}) => [actor, time]), before.map(({actor, at: time}) => [actor, time]));

    // About this person nothing is taken any more, and nothing kept.
    const known = await api.allChanges();
    for (const body of [{event: 'e9', id, at: tick(), phone, name}, created, {event: 'e10', id, phone, name: 7}]) {
      const {body: answer} = await sender.send(body);
      assert.deepEqual(await api.get(`/v1/receipts/${answer.receipt}/body`).then(({text}) => text), '', JSON.stringify(body));
    }
    assert.deepEqual(await api.allChanges(), known);

    const again = erase(server, api.key, kind, String(id));
    assert.equal(again.status, 0, again.stderr);
    assert.match(again.stdout, /before/);
    await server.stop();
    assert.deepEqual(filesWith(server.folder, traces.slice(0, 2)), []);
    const verified = run('verify', '--store', join(server.folder, 'deltapost.db'));
    assert.equal(verified.status, 0, verified.stdout);
  });
}

describe('Erasing', () => {
  const suite = suiteServer();
  let id;
  before(async () => { ({id} = (await suite.api.post('/v1/leads/create', {phone: newPhone()})).body); });

  test('needs an admin\'s key and somebody who is there', async () => {
    const {key} = (await suite.api.post('/v1/keys', {name: 'sync', scopes: ['write']}, {status: 201})).body;
    await suite.api.with(key).post(`/v1/leads/${id}/erase`, undefined, {status: 403});
    await suite.api.post('/v1/leads/nobody/erase', undefined, {status: 404});
    await suite.api.post('/v1/contacts/999/erase', undefined, {status: 404});
    assert.equal((await suite.api.get(`/v1/leads/${id}`)).body.erasedAt, undefined);
    const {status, stderr} = erase(suite.server, suite.api.key, 'lead', 'nobody');
    assert.notEqual(status, 0);
    assert.match(stderr, /nobody/);
  });

  for (const [kind, path] of [['lead', '/v1/leads/create'], ['contact', '/v1/contacts']]) {
    test(`brings no ${kind} back for a request that is repeated by its key`, async () => {
      const {api} = suite;
      const options = {headers: {'idempotency-key': `create-${kind}`}};
      const person = kind === 'lead' ? {phone: newPhone(), firstName: 'Once'} : {firstName: 'Once', email: 'once@example.com'};
      const {body: made} = await api.post(path, person, options);
      const erased = String(kind === 'lead' ? made.id : made.data.contact.id);
      const update = {headers: {'idempotency-key': `update-${kind}`}};
      await api.patch(`/v1/${kind}s/${erased}`, {lastName: 'More'}, update);
      await api.post(`/v1/${kind}s/${erased}/erase`);
      const known = await api.allChanges();
      for (const repeat of [() => api.post(path, person, {...options, status: 409}),
        () => api.post(path, {...person, firstName: 'Other'}, {...options, status: 409}),
        () => api.patch(`/v1/${kind}s/${erased}`, {lastName: 'More'}, {...update, status: 409})]) {
        const {body: refused} = await repeat();
        assert.equal(refused.field, 'Idempotency-Key');
        assert.equal(refused.other, erased);
        assert.match(refused.detail, /erased.*new key/);
      }
      assert.deepEqual(await api.allChanges(), known);
      const {body: anew} = await api.post(path, person, {headers: {'idempotency-key': `create-${kind}-anew`}});
      assert.notEqual(String(kind === 'lead' ? anew.id : anew.data.contact.id), erased);
    });
  }

  test('frees the phone for somebody new', async () => {
    const phone = newPhone();
    const old = (await suite.api.post('/v1/leads/create', {phone})).body.id;
    assert.equal((await suite.api.post(`/v1/leads/${old}/erase`)).body.changed, true);
    assert.equal((await suite.api.post(`/v1/leads/${old}/erase`)).body.changed, false);
    assert.notEqual((await suite.api.post('/v1/leads/create', {phone})).body.id, old);
  });
});

describe('Retention', () => {
  const suite = suiteServer();
  const set = (retention, options) => suite.api.patch('/v1/account', {retention}, options);

  test('is the account\'s own to set, and to leave to the server again', async () => {
    assert.equal((await suite.api.get('/v1/account')).body.account.retention, undefined);
    const wanted = {receiptsDays: 30, attemptsDays: 0, changesDays: null};
    assert.deepEqual((await set(wanted)).body.account.retention, wanted);
    assert.equal((await set(wanted)).body.changed, false);
    assert.deepEqual((await suite.api.get('/v1/account')).body.account.retention, wanted);
    assert.equal((await set(null)).body.account.retention, null);
    assert.equal((await suite.api.patch('/v1/account', {name: 'Renamed'})).body.account.name, 'Renamed');
  });

  for (const [retention, field] of [
    [5, 'retention'], [[], 'retention'], [{receiptsDays: -1}, 'retention.receiptsDays'], [{receiptsDays: 1.5}, 'retention.receiptsDays'],
    [{attemptsDays: '30'}, 'retention.attemptsDays'], [{changesDays: 36_501}, 'retention.changesDays'], [{days: 3}, 'retention.days'],
  ]) {
    test(`is refused as ${JSON.stringify(retention)}`, async () => {
      const before = (await suite.api.get('/v1/account')).body;
      assert.equal((await set(retention, {status: 422})).body.field, field);
      assert.deepEqual((await suite.api.get('/v1/account')).body.account, before.account);
    });
  }

  test('is set by admins alone, and with nothing beside a name', async () => {
    const {key} = (await suite.api.post('/v1/keys', {name: 'sync', scopes: ['write']}, {status: 201})).body;
    await suite.api.with(key).patch('/v1/account', {name: 'x'}, {status: 403});
    assert.equal((await suite.api.patch('/v1/account', {id: 'x'}, {status: 422})).body.field, 'id');
    assert.equal((await suite.api.patch('/v1/account', {name: ''}, {status: 422})).body.field, 'name');
  });
});
