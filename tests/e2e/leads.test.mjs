// Leads from a client's point of view: create, read, merge, delete, look back.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {suiteServer, newPhone} from './support.mjs';

describe('Leads', () => {
  const suite = suiteServer();

  const create = async (input = {}) => (await suite.api.post('/v1/leads/create', {phone: newPhone(), ...input})).body.lead;
  const changesOf = async (id, query = '') => (await suite.api.get(`/v1/leads/${id}/changes${query}`)).body;

  test('A lead is created from a phone alone and read back with every field of the shape', async () => {
    const phone = newPhone();
    const {body, headers} = await suite.api.post('/v1/leads/create', {phone});
    assert.equal(body.message, 'Lead created successfully.');
    assert.equal(body.lead.id, body.id);
    assert.equal(headers.get('etag'), '"1"');
    const read = (await suite.api.get(`/v1/leads/${body.id}`)).body;
    assert.deepEqual(read, body.lead);
    assert.deepEqual({...read, id: 0, createdAt: 0, updatedAt: 0}, {
      id: 0, firstName: null, lastName: null, phone, email: null, timeZone: null, customerProfile: null, additionalInfo: {},
      tags: [], hasReplied: false, isHot: false, isQualified: false, isUnsubscribed: false, isAiOn: false, summary: null,
      externalLeadId: null, close_crm_leadId: null, createdAt: 0, updatedAt: 0, deleted: false, deletedAt: null, version: 1,
    });
  });

  test('A phone is kept in E.164 form and found in any spelling', async () => {
    const lead = await create({phone: '+1 (555) 999-00.01'});
    assert.equal(lead.phone, '+15559990001');
    for (const phone of ['%2B15559990001', '15559990001', '%2B1%20(555)%20999-0001']) {
      assert.equal((await suite.api.get(`/v1/leads/lookup?phone=${phone}`)).body.id, lead.id);
    }
    await suite.api.get('/v1/leads/lookup?phone=%2B15559990002', {status: 404});
  });

  test('An update merges: new keys are added, known ones overwritten, null deletes, the rest stays', async () => {
    const lead = await create({firstName: 'John', additionalInfo: {state: 'CA', age: '41', car: 'yes'}});
    const patch = {additionalInfo: {insuranceProvider: 'Aetna', age: '42', car: null}};
    const {body, headers} = await suite.api.patch(`/v1/leads/${lead.id}`, patch);
    assert.equal(body.message, 'Lead updated successfully.');
    assert.equal(body.changed, true);
    assert.equal(body.version, 2);
    assert.equal(headers.get('etag'), '"2"');
    assert.deepEqual(body.lead.additionalInfo, {state: 'CA', age: '42', insuranceProvider: 'Aetna'});
    assert.equal(body.lead.firstName, 'John');
    const [change] = (await changesOf(lead.id, '?after=1')).changes;
    assert.deepEqual(change.changes, {
      'additionalInfo.age': {old: '41', new: '42'},
      'additionalInfo.car': {old: 'yes'},
      'additionalInfo.insuranceProvider': {new: 'Aetna'},
    });
  });

  test('PATCH, PUT and POST merge alike, with either JSON content type', async () => {
    const lead = await create({additionalInfo: {a: '1'}});
    for (const [method, key] of [['PATCH', 'b'], ['PUT', 'c'], ['POST', 'd']]) {
      await suite.api.call(method, `/v1/leads/${lead.id}`, {body: {additionalInfo: {[key]: '1'}}});
    }
    await suite.api.patch(`/v1/leads/${lead.id}`, {additionalInfo: {e: '1'}},
      {headers: {'content-type': 'application/merge-patch+json; charset=utf-8'}});
    assert.deepEqual(Object.keys((await suite.api.get(`/v1/leads/${lead.id}`)).body.additionalInfo), ['a', 'b', 'c', 'd', 'e']);
  });

  test('A write that changes nothing makes no version and no change, and says so', async () => {
    const lead = await create({firstName: 'Ann', additionalInfo: {state: 'CA'}});
    for (const patch of [{}, {firstName: 'Ann'}, {additionalInfo: {}}, {additionalInfo: {state: 'CA', gone: null}}, {email: null}]) {
      const {body} = await suite.api.patch(`/v1/leads/${lead.id}`, patch);
      assert.deepEqual({...body, lead: 0}, {message: 'Nothing changed.', changed: false, version: 1, lead: 0}, JSON.stringify(patch));
      assert.deepEqual(body.lead, lead);
    }
    assert.equal((await changesOf(lead.id)).changes.length, 1);
  });

  test('Absent, null and a value are told apart', async () => {
    const lead = await create({email: 'a@example.com', summary: 'Hello'});
    const {body} = await suite.api.patch(`/v1/leads/${lead.id}`, {email: null});
    assert.equal(body.lead.email, null);
    assert.equal(body.lead.summary, 'Hello');
    const [change] = (await changesOf(lead.id, '?after=1')).changes;
    assert.deepEqual(change.changes, {email: {old: 'a@example.com', new: null}});
  });

  test('A phone can be moved to, and only to, a number that is free', async () => {
    const [one, two] = [await create(), await create()];
    const taken = (await suite.api.patch(`/v1/leads/${two.id}`, {phone: one.phone}, {status: 409})).body;
    assert.equal(taken.field, 'phone');
    assert.equal(taken.other, one.id);
    const free = newPhone();
    await suite.api.patch(`/v1/leads/${one.id}`, {phone: free});
    await suite.api.patch(`/v1/leads/${two.id}`, {phone: one.phone});
    assert.equal((await suite.api.get(`/v1/leads/lookup?phone=${encodeURIComponent(one.phone)}`)).body.id, two.id);
    assert.equal((await suite.api.get(`/v1/leads/lookup?phone=${encodeURIComponent(free)}`)).body.id, one.id);
  });

  test('Context is appended to the summary and its facts are merged', async () => {
    const lead = await create({summary: 'Called once.', additionalInfo: {state: 'CA'}});
    const {body} = await suite.api.post(`/v1/leads/${lead.id}/addContext`, {context: 'Called twice.', additionalInfo: {age: '41'}});
    assert.equal(body.message, 'Success');
    assert.equal(body.lead.summary, 'Called once.\nCalled twice.');
    assert.deepEqual(body.lead.additionalInfo, {state: 'CA', age: '41'});
  });

  test('Tags are replaced as a whole, and the same ones change nothing', async () => {
    const lead = await create();
    const {body} = await suite.api.put(`/v1/leads/${lead.id}/tags`, {tagIds: ['vip', 'spring', 'vip']});
    assert.deepEqual(body.tags.map((tag) => tag.id), ['vip', 'spring']);
    assert.equal(body.changed, true);
    const again = (await suite.api.put(`/v1/leads/${lead.id}/tags`, {tagIds: ['vip', 'spring']})).body;
    assert.equal(again.changed, false);
    assert.equal(again.version, body.version);
    const tagged = (await changesOf(lead.id, '?after=1')).changes[0].events.filter((event) => event.type === 'leadTagged');
    assert.deepEqual(tagged.map((event) => event.subject), ['vip', 'spring']);
    assert.equal(new Set(tagged.map((event) => event.id)).size, 2);
  });

  test('A deleted lead says so, frees its phone and takes no more updates', async () => {
    const lead = await create({firstName: 'Gone'});
    const deleted = (await suite.api.delete(`/v1/leads/${lead.id}`)).body;
    assert.equal(deleted.changed, true);
    assert.equal(deleted.lead.deleted, true);
    assert.match(deleted.lead.deletedAt, /^20.*Z$/);
    const again = (await suite.api.delete(`/v1/leads/${lead.id}`)).body;
    assert.equal(again.changed, false);
    assert.equal(again.version, 2);
    assert.equal((await suite.api.get(`/v1/leads/${lead.id}`)).body.firstName, 'Gone');
    await suite.api.patch(`/v1/leads/${lead.id}`, {firstName: 'Back'}, {status: 404});
    await suite.api.get(`/v1/leads/lookup?phone=${encodeURIComponent(lead.phone)}`, {status: 404});
    assert.notEqual((await create({phone: lead.phone})).id, lead.id);
  });

  test('?at= shows the lead as it was', async () => {
    const lead = await create({firstName: 'One'});
    const versions = [lead];
    for (const firstName of ['Two', 'Three']) versions.push((await suite.api.patch(`/v1/leads/${lead.id}`, {firstName})).body.lead);
    for (const {at, version} of (await changesOf(lead.id)).changes) {
      const then = (await suite.api.get(`/v1/leads/${lead.id}?at=${at}`)).body;
      // Several versions may share a millisecond; the last of them is what that time saw.
      const last = (await changesOf(lead.id)).changes.filter((change) => change.at <= at).at(-1).version;
      assert.deepEqual(then, versions[last - 1]);
      assert.ok(last >= version);
    }
    await suite.api.get(`/v1/leads/${lead.id}?at=2020-01-01T00:00:00Z`, {status: 404});
    assert.deepEqual((await suite.api.get(`/v1/leads/${lead.id}?at=2099-01-01T00:00:00%2B02:00`)).body, versions[2]);
  });

  test('The audit trail pages both ways and tells who, when and through which door', async () => {
    const lead = await create();
    for (let i = 0; i < 6; i++) await suite.api.patch(`/v1/leads/${lead.id}`, {additionalInfo: {n: String(i)}});
    const keyId = (await suite.api.get('/v1/account')).body.key.id;
    for (const order of ['asc', 'desc']) {
      const versions = [];
      for (let next = '';;) {
        const page = await changesOf(lead.id, `?limit=3&order=${order}${next}`);
        for (const change of page.changes) {
          versions.push(change.version);
          assert.equal(change.actor, `key:${keyId}`);
          assert.equal(change.source, 'api');
        }
        if (page.next === null) break;
        next = `&after=${page.next}`;
      }
      assert.deepEqual(versions, order === 'asc' ? [1, 2, 3, 4, 5, 6, 7] : [7, 6, 5, 4, 3, 2, 1]);
    }
  });

  test('Events of a change are told with ids that never change', async () => {
    const lead = await create({additionalInfo: {state: 'CA'}});
    await suite.api.patch(`/v1/leads/${lead.id}`, {isHot: true, additionalInfo: {state: 'NV'}});
    const types = (change) => change.events.map((event) => event.type);
    const [first, second] = (await changesOf(lead.id)).changes;
    assert.deepEqual(types(first), ['lead.created', 'lead.additionalInfo.updated']);
    assert.deepEqual(types(second), ['lead.updated', 'lead.additionalInfo.updated', 'leadTagged']);
    assert.deepEqual((await changesOf(lead.id)).changes.map((c) => c.events), [first.events, second.events]);
  });

  test('If-Match lets a write through only at the version that it names', async () => {
    const lead = await create();
    const stale = {headers: {'if-match': '"1"'}};
    await suite.api.patch(`/v1/leads/${lead.id}`, {firstName: 'A'}, stale);
    const refused = await suite.api.patch(`/v1/leads/${lead.id}`, {firstName: 'B'}, {...stale, status: 412});
    assert.equal(refused.body.field, 'If-Match');
    assert.match(refused.body.detail, /2/);
    await suite.api.delete(`/v1/leads/${lead.id}`, {...stale, status: 412});
    await suite.api.put(`/v1/leads/${lead.id}/tags`, {tagIds: ['x']}, {...stale, status: 412});
    await suite.api.patch(`/v1/leads/${lead.id}`, {firstName: 'C'}, {headers: {'if-match': '"2"'}});
    assert.equal((await suite.api.get(`/v1/leads/${lead.id}`)).body.firstName, 'C');
  });

  test('A repeated Idempotency-Key gives the first answer again and writes once', async () => {
    const key = {headers: {'idempotency-key': 'create-1'}};
    const input = {phone: newPhone(), firstName: 'Once'};
    const first = await suite.api.post('/v1/leads/create', input, key);
    const second = await suite.api.post('/v1/leads/create', input, key);
    assert.equal(first.headers.get('idempotency-replayed'), null);
    assert.equal(second.headers.get('idempotency-replayed'), 'true');
    assert.equal(second.text, first.text);
    assert.equal(second.headers.get('etag'), first.headers.get('etag'));
    const path = `/v1/leads/${first.body.id}`;
    const update = {headers: {'idempotency-key': 'update-1'}};
    const once = await suite.api.post(`${path}/addContext`, {context: 'Said hello.'}, update);
    const twice = await suite.api.post(`${path}/addContext`, {context: 'Said hello.'}, update);
    assert.equal(twice.text, once.text);
    assert.equal((await suite.api.get(path)).body.summary, 'Said hello.');
    assert.equal((await changesOf(first.body.id)).changes.length, 2);
  });

  test('An Idempotency-Key sent many times at once still writes once', async () => {
    const phone = newPhone();
    const answers = await Promise.all(Array.from({length: 12}, () =>
      suite.api.post('/v1/leads/create', {phone}, {headers: {'idempotency-key': 'at-once'}})));
    assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
    assert.equal(answers.filter((answer) => answer.headers.get('idempotency-replayed')).length, 11);
  });

  test('A refused request leaves its Idempotency-Key free', async () => {
    const key = {headers: {'idempotency-key': 'refused-first'}};
    await suite.api.post('/v1/leads/create', {phone: 'none'}, {...key, status: 422});
    await suite.api.post('/v1/leads/create', {phone: newPhone()}, key);
  });

  test('Concurrent updates of one lead all land, each on a version of its own', async () => {
    const lead = await create();
    await Promise.all(Array.from({length: 40}, (_, i) => suite.api.patch(`/v1/leads/${lead.id}`, {additionalInfo: {[`k${i}`]: 'x'}})));
    const read = (await suite.api.get(`/v1/leads/${lead.id}`)).body;
    assert.equal(read.version, 41);
    assert.equal(Object.keys(read.additionalInfo).length, 40);
    assert.deepEqual((await changesOf(lead.id)).changes.map((change) => change.version), Array.from({length: 41}, (_, i) => i + 1));
  });
});

describe('The list of leads', () => {
  const suite = suiteServer();

  const pages = async (query, from = '') => {
    const leads = [];
    for (let next = from;;) {
      const page = (await suite.api.get(`/v1/leads?limit=3${query}${next}`)).body;
      assert.ok(page.leads.length <= 3);
      leads.push(...page.leads);
      if (page.nextToken === null) return leads;
      next = `&nextToken=${encodeURIComponent(page.nextToken)}`;
    }
  };

  test('It walks all leads, oldest change first, deleted ones marked', async () => {
    const ids = [];
    for (let i = 0; i < 8; i++) ids.push((await suite.api.post('/v1/leads/create', {phone: newPhone()})).body.id);
    await suite.api.patch(`/v1/leads/${ids[2]}`, {firstName: 'Late'});
    await suite.api.delete(`/v1/leads/${ids[0]}`);
    const listed = await pages('');
    assert.deepEqual(listed.map((lead) => lead.id), [...ids.slice(1, 2), ...ids.slice(3), ids[2], ids[0]]);
    assert.deepEqual(listed.filter((lead) => lead.deleted).map((lead) => lead.id), [ids[0]]);
    const updated = listed.map((lead) => lead.updatedAt);
    assert.deepEqual(updated, [...updated].sort());
    const created = await pages('&createdSince=2020-01-01T00:00:00Z');
    assert.deepEqual(created.map((lead) => lead.id), ids);
  });

  test('Its bounds are inclusive', async () => {
    const lead = (await suite.api.post('/v1/leads/create', {phone: newPhone()})).body.lead;
    const since = async (query) => (await pages(`&${query}`)).map((found) => found.id);
    assert.ok((await since(`updatedSince=${lead.updatedAt}`)).includes(lead.id));
    assert.ok((await since(`createdSince=${lead.createdAt}`)).includes(lead.id));
    const after = new Date(Date.parse(lead.updatedAt) + 1).toISOString();
    assert.ok(!(await since(`updatedSince=${after}`)).includes(lead.id));
    assert.ok(!(await since(`createdSince=${after}`)).includes(lead.id));
    assert.deepEqual(await since('updatedSince=2099-01-01T00:00:00Z'), []);
  });

  test('A lead that changes while it is being listed is missed by no walk', async () => {
    const {body} = await suite.api.get('/v1/leads?limit=2');
    const moved = body.leads[0].id;
    await suite.api.patch(`/v1/leads/${moved}`, {firstName: `Moved ${Date.now()}`});
    const rest = await pages('', `&nextToken=${encodeURIComponent(body.nextToken)}`);
    assert.equal(rest.at(-1).id, moved);
  });
});
