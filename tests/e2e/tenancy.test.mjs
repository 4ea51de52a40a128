// One account sees nothing of another, on any route.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {Receiver} from './receiver.mjs';
import {exampleBody, guarded, ownedWorld, pathOf} from './security.mjs';
import {Sender} from './senders.mjs';
import {newPhone, suiteServer} from './support.mjs';

describe('Two accounts on one server', () => {
  const suite = suiteServer();

  /** A record of each kind, owned by the first account, and a second account that owns nothing. */
  async function world(t) {
    const {api} = suite;
    const stranger = api.with((await api.post('/v1/accounts', {name: 'Stranger'}, {status: 201})).body.key);
    return {...await ownedWorld(t, api), stranger};
  }

  test('Each route with an id in its path answers 404, as if there were nothing', async (t) => {
    const {api, stranger, endpoint, lead, contact, apiKey, sender, receipt, ids} = await world(t);
    // /in/{token} is open to whoever knows the token.
    const templated = guarded.filter(({path}) => path.includes('{'));
    assert.ok(templated.length >= 30);
    for (const entry of templated) {
      const path = pathOf(entry, ids);
      const answer = await stranger.call(entry.method, path, {body: exampleBody(entry), status: 404});
      assert.ok(!answer.text.includes('Confidential'), path);
    }
    for (const path of [`/v1/leads/${lead.id}`, `/v1/contacts/${contact.id}`, `/v1/endpoints/${endpoint.id}`, `/v1/sources/${sender.id}`]) {
      assert.equal((await api.get(path)).body.version ?? 1, 1, 'the owner\'s record is as it was');
    }
    assert.equal((await api.get('/v1/keys')).body.keys.some(({id}) => id === apiKey.id), true);
    assert.equal((await api.get(`/v1/receipts/${receipt}`)).body.resolution, null);
    await sender.says('duplicate', JSON.stringify({Confidential: lead.id}));  // its secret is what it was
  });

  test('Routes with an id in the query or the body do not find it either', async (t) => {
    const {api, stranger, lead, contact, sender, receipt} = await world(t);
    await stranger.get(`/v1/leads/lookup?phone=${encodeURIComponent(lead.phone)}`, {status: 404});
    await stranger.get(`/v1/contacts/detail?contactId=${contact.id}`, {status: 404});
    await stranger.put('/v1/contacts', {id: contact.id, firstName: 'Taken over'}, {status: 404});
    assert.deepEqual((await stranger.get(`/v1/receipts?source=${sender.id}`)).body.receipts, []);
    for (const what of ['release', 'drop']) {
      assert.deepEqual((await stranger.post(`/v1/receipts/${what}`, {ids: [receipt]})).body.results, [{id: receipt, error: `there is no receipt ${receipt}`}]);
      assert.deepEqual((await stranger.post(`/v1/receipts/${what}`, {source: sender.id})).body, {results: [], left: 0});
    }
    assert.equal((await api.get(`/v1/receipts/${receipt}`)).body.resolution, null);
  });

  test('Lists, searches and logs hold nothing of the other account', async (t) => {
    const {stranger, ids} = await world(t);
    const theirs = ['Confidential', ...Object.values(ids).filter((id) => typeof id === 'string')];
    const lists = guarded.filter(({method, path, parameters}) => method === 'GET' && !path.includes('{') && !parameters.some(({required}) => required))
      .map(({path, operation}) => ({path, scope: operation['x-scope']}));
    assert.ok(lists.length >= 9);
    const searches = ['/v1/leads?createdSince=2020-01-01T00:00:00Z', '/v1/contacts?search=confidential', `/v1/audit?subject=${ids.endpointId}`, `/v1/receipts?source=${ids.sourceId}`]
      .map((path) => ({path, scope: 'admin'}));
    for (const {path, scope} of [...lists, ...searches]) {
      if (scope === 'system') {
        await stranger.get(path, {status: 403});
        continue;
      }
      const {text} = await stranger.get(path);
      for (const each of theirs) assert.ok(!text.includes(each), `${path} tells ${each}`);
    }
    const waited = await stranger.get(`/v1/changes?after=latest&wait=1`);
    assert.deepEqual(waited.body.changes, []);
    await stranger.post('/v1/accounts', {name: 'More'}, {status: 403});
  });

  test('A cursor cannot be carried over', async (t) => {
    const {api, stranger} = await world(t);
    await api.post('/v1/leads/create', {phone: newPhone()});
    const token = (await api.get('/v1/leads?limit=1')).body.nextToken;
    assert.equal((await stranger.get(`/v1/leads?nextToken=${encodeURIComponent(token)}`, {status: 422})).body.field, 'nextToken');
    const cursor = (await api.get('/v1/changes?limit=1')).body.next;
    assert.equal((await stranger.get(`/v1/changes?after=${encodeURIComponent(cursor)}`, {status: 422})).body.field, 'after');
  });

  test('Phones, contact numbers and Idempotency-Keys are each account\'s own', async (t) => {
    const {api, stranger, lead, contact} = await world(t);
    const headers = {'idempotency-key': `shared-${lead.id}`};
    await api.patch(`/v1/leads/${lead.id}`, {summary: 'Owned'}, {headers});
    const own = await stranger.post('/v1/leads/create', {phone: lead.phone}, {headers});
    assert.equal(own.headers.get('idempotency-replayed'), null);
    assert.notEqual(own.body.id, lead.id);
    assert.equal((await stranger.post('/v1/contacts', {id: contact.id})).body.data.contact.id, contact.id);
    assert.equal((await api.get(`/v1/contacts/${contact.id}`)).body.data.contact.firstName, 'Confidential');
  });

  test('A webhook writes into the account of its source alone', async (t) => {
    const {api, stranger, lead} = await world(t);
    const own = await Sender.create(stranger, {format: 'apten', verifier: 'apten'});
    const event = {event: 'lead.additionalInfo.updated', eventId: lead.id, timestamp: new Date().toISOString(),
      data: {leadId: lead.id, phone: lead.phone, additionalInfo: {state: {old: null, new: 'CA'}}}};
    await own.says('accepted', event);
    assert.deepEqual((await api.get(`/v1/leads/${lead.id}`)).body, lead);
    assert.deepEqual((await stranger.get(`/v1/leads/${lead.id}`)).body.additionalInfo, {state: 'CA'});
    assert.equal((await stranger.get(`/v1/leads/${lead.id}`)).body.firstName, null);
    // What one source has seen is nothing to another.
    await (await Sender.create(api, {format: 'apten', verifier: 'none'})).says('accepted', event);
  });

  test('An endpoint gets its own account\'s events alone', async (t) => {
    const {api, stranger} = await world(t);
    const receiver = await Receiver.start(t);
    await stranger.post('/v1/endpoints', {url: receiver.url}, {status: 201});
    const theirs = (await api.post('/v1/leads/create', {phone: newPhone()})).body.id;
    const own = (await stranger.post('/v1/leads/create', {phone: newPhone()})).body.id;
    await receiver.first(({body}) => body.data.id === own, 'the own lead');
    assert.ok(receiver.requests.every(({body}) => body.data.id !== theirs));
  });
});
