// One Deltapost behind another: what a server sends, the next one takes, and both know the same.
import assert from 'node:assert/strict';
import {before, describe, test} from 'node:test';
import {Receiver} from './receiver.mjs';
import {Sender, flagsOf, lead, tick, written} from './senders.mjs';
import {eventually, newPhone, suiteServer} from './support.mjs';

const QUICK = {retrySchedule: [1, 1, 1, 1]};

/** From now on what changes at `from` is told to `to`, through a source of its own. */
async function chain(from, to, endpoint = {}) {
  const source = await Sender.create(to, {format: 'standard', verifier: 'standard'});
  const body = {url: source.url, secret: source.secret, ...QUICK, ...endpoint};
  return {source, endpoint: (await from.post('/v1/endpoints', body, {status: 201})).body.endpoint};
}

/** A lead's tags are a set: a receiver keeps them in an order of its own. */
const unordered = (record) => (record.tags ? {...record, tags: record.tags.map(({id, name}) => `${id} ${name}`).sort()} : record);

describe('Two servers in a chain', () => {
  const one = suiteServer(), two = suiteServer();
  let source;
  before(async () => { ({source} = await chain(one.api, two.api)); });

  /** Waits until `path` is the same at both, also in version and times, and gives it. */
  const same = async (path) => {
    const wanted = (await one.api.get(path)).body;
    await eventually(() => two.api.get(path, {status: undefined}).catch(() => ({})), ({body}) => body?.version === wanted.version, `version ${wanted.version} of ${path}`);
    assert.deepEqual(unordered((await two.api.get(path)).body), unordered(wanted));
    return wanted;
  };

  test('A lead is the same at both, through creation, updates, tags and deletion', async () => {
    const {id} = (await one.api.post('/v1/leads/create', {
      phone: newPhone(), firstName: 'John', email: 'john@example.com', timeZone: 'America/New_York', customerProfile: 'Insurance',
      additionalInfo: {state: 'CA', 'dotted.key': 'a.b', 'ключ': 'значение', gone: 'soon'}, tags: ['vip', {id: 't2', name: 'Second'}], isHot: true, externalLeadId: '003XX',
    })).body;
    const path = `/v1/leads/${id}`;
    await same(path);
    await one.api.patch(path, {firstName: null, additionalInfo: {state: 'NV', gone: null, plan: 'pro', 'dotted.key': 'c'}, summary: 'Line\nbreak "quoted" 🚀'});
    await same(path);
    await one.api.put(`${path}/tags`, {tagIds: ['spring', 'vip', 't2']});
    assert.equal((await same(path)).tags.length, 3);
    await one.api.put(`${path}/tags`, {tagIds: ['t2']});
    await one.api.put(`${path}/tags`, {tagIds: []});
    await one.api.patch(path, {phone: newPhone(), isUnsubscribed: true, isHot: false});
    await same(path);
    await one.api.delete(path);
    assert.equal((await same(path)).deleted, true);
    const [ours, theirs] = await Promise.all([one, two].map(async ({api}) => (await api.get(`${path}/changes`)).body.changes.map(({changes: {tags, ...changes}, version}) => ({changes, version}))));
    assert.deepEqual(theirs, ours, 'and the same history');
  });

  test('A contact is the same at both, through creation, updates and deletion', async () => {
    const contact = {
      firstName: 'Raya', email: 'raya@example.com', status: 'QUALIFIED', country: 'PK', ipAddress: '::1', joinedTime: '2025-05-09T15:28:40.783Z', utm: 'utm_source=a&first_utm_source=b',
      questionsAndAnswers: {'1_question': 'Budget', '1_response': '10', Company: 'Acme'}, latestCall: {dateTime: '2026-01-01T10:00:00Z', user: {id: 1, firstName: 'X'}},
      eventId: 7, eventName: 'Intro', disqualifyingGroup: [{a: [1, null]}],
    };
    const {id} = (await one.api.post('/v1/contacts', contact)).body.data.contact;
    const path = `/v1/contacts/${id}`;
    await same(path);
    for (const patch of [
      {questionsAndAnswers: {Budget: '20', Company: null, Role: 'CEO'}, tracking: {utm_source: 'ad', utm_medium: 'mail'}}, {latestCall: {duration: 15, user: {firstName: 'Y'}}}, {email: null, status: 'DISCOVERY_CALL_BOOKED'},
      {event: null, latestCall: null, disqualifyingGroup: []}, {questionsAndAnswers: null, tracking: {utm_source: null, utm_medium: 'x'}}, {questionsAndAnswers: {Again: 'yes'}, event: {id: 8}},
    ]) {
      await one.api.patch(path, patch);
      await same(path);
    }
    await one.api.delete(path);
    assert.notEqual((await same(path)).data.contact.deletedAt, null);
  });

  test('Whatever is written at one, in whatever order of fields and answers, the other has the same with the same history', async () => {
    let seed = 7;  // of a generator of our own, so that each run is the same
    const below = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % n; };
    const any = (...list) => list[below(list.length)];
    const label = () => any('A', 'B. c', 'Q\\x', 'Ünï', '10', 'x_question', 'long '.repeat(20));
    const text = () => any('x', 'y', '', 'a.b', '🚀', null);
    const answers = () => Object.fromEntries(Array.from({length: 1 + below(4)}, () => [label(), text()]).concat(
      below(2) ? [[`${1 + below(6)}_question`, label()]].flatMap(([key, value]) => [[key, value], [key.replace('question', 'response'), any('x', 'y')]]) : []));
    const patches = {
      contacts: () => any({questionsAndAnswers: answers()}, {questionsAndAnswers: null}, {tracking: {[any('utm_source', 'utmKey_a.b', '_fbc')]: any('1', null, 3)}}, {event: any(null, {id: below(5)}, {name: any('a', null)})},
        {latestCall: any(null, {dateTime: 'x', user: {id: below(3), n: text()}}, {user: null}, {duration: below(9), user: {deep: [1, {a: null}]}})}, {disqualifyingGroup: any([], null, [{a: 1}, [2]])}, {firstName: any('A', null), email: null}),
      leads: () => any({additionalInfo: {[label()]: text(), [label()]: text()}}, {phone: newPhone()}, {isHot: below(2) === 1}, {summary: any(null, 'x', '')}, {externalLeadId: any(null, '003')}),
    };
    const created = {contacts: (await one.api.post('/v1/contacts', {firstName: 'Any'})).body.data.contact.id, leads: (await one.api.post('/v1/leads/create', {phone: newPhone()})).body.id};
    for (const [kind, patch] of Object.entries(patches)) {
      const path = `/v1/${kind}/${created[kind]}`;
      for (let i = 0; i < 60; i++) {
        if (kind === 'leads' && below(5) === 0) await one.api.put(`${path}/tags`, {tagIds: ['a', 'b', 'c.d', 'é'].filter(() => below(2))});
        // Answers that contradict each other are refused, and so change nothing.
        else await one.api.patch(path, patch()).catch((error) => assert.match(error.message, /got 422/));
      }
      await same(path);
      const [ours, theirs] = await Promise.all([one, two].map(async ({api}) => (await api.get(`${path}/changes`)).body.changes.map(({changes: {tags, ...changes}}) => changes)));
      assert.deepEqual(theirs, ours);
    }
  });

  test('Nobody raised a flag on the way, and events that say the same came to one change', async () => {
    const receipts = await source.receipts();
    assert.deepEqual(receipts.flatMap((receipt) => flagsOf(receipt)), []);
    for (const {verdict, items} of receipts) assert.ok(['accepted', 'no_change'].includes(verdict), JSON.stringify(items));
    assert.equal(receipts.filter(({verdict}) => verdict === 'accepted').length, await written(two.api));
  });

  test('A record made before the chain is taken whole with its first change', async () => {
    const endpoint = (await one.api.get('/v1/endpoints')).body.endpoints[0];
    await one.api.patch(`/v1/endpoints/${endpoint.id}`, {skipSources: ['api']});
    const {id} = (await one.api.post('/v1/leads/create', {phone: newPhone(), additionalInfo: {state: 'CA'}, tags: ['vip']})).body;
    await one.api.patch(`/v1/endpoints/${endpoint.id}`, {skipSources: []});
    await one.api.patch(`/v1/leads/${id}`, {firstName: 'Late'});
    const wanted = await lead(one.api, id);
    const {body} = await eventually(() => two.api.get(`/v1/leads/${id}`, {status: undefined}).catch(() => ({})), (answer) => answer.body?.id === id, 'the lead');
    assert.deepEqual(body, {...wanted, version: 1});
    await two.api.get(`/v1/leads/${id}`);
  });

  test('Changes alone are enough for one who knows the record, also inside of what is kept whole', async () => {
    const next = (await two.api.post('/v1/accounts', {name: 'Changes only'}, {status: 201})).body.key;
    const {endpoint} = await chain(one.api, two.api.with(next), {changesOnly: true, events: ['newContactCreated', 'contactUpdated', 'contactDeleted']});
    const {id} = (await one.api.post('/v1/contacts', {latestCall: {dateTime: '2026-01-01T10:00:00Z', duration: 15, user: {id: 1, firstName: 'X'}}, eventId: 7, eventName: 'Intro'})).body.data.contact;
    const path = `/v1/contacts/${id}`;
    for (const patch of [{latestCall: {user: {firstName: 'Y'}}}, {latestCall: {duration: null, user: {lastName: 'Z'}}, event: {color: '#fff'}},
      {questionsAndAnswers: {Budget: '10', Role: 'CEO'}}, {questionsAndAnswers: {Budget: '20', Role: null}, latestCall: null}]) {
      await one.api.patch(path, patch);
    }
    const wanted = (await one.api.get(path)).body;
    const reader = two.api.with(next);
    await eventually(() => reader.get(path, {status: undefined}).catch(() => ({})), ({body}) => body?.version === wanted.version, 'the last version');
    assert.deepEqual((await reader.get(path)).body, wanted);
    const then = async (api, version) => (await api.get(`${path}/changes`)).body.changes[version - 1].changes;
    for (const version of [2, 3]) assert.deepEqual(await then(reader, version), await then(one.api, version));
    await one.api.delete(`/v1/endpoints/${endpoint.id}`, {status: 204});
  });

  test('What was missed in between is a gap, and what is sent by others is not taken', async () => {
    const id = `lead_${Date.now()}`;
    const change = (version, changes) => ({type: 'lead.updated', timestamp: tick(), data: {kind: 'lead', id, version, changes, source: 'api', actor: 'key:k'}});
    await source.says('quarantined', change(2, {firstName: {new: 'A'}}));
    await source.says('accepted', change(1, {phone: {new: newPhone()}, firstName: {old: null, new: 'A'}}));
    const answer = await source.says('accepted', change(3, {firstName: {old: 'B', new: 'C'}}));
    assert.deepEqual(flagsOf(answer), ['gap firstName']);
    const actor = async () => (await two.api.get(`/v1/leads/${id}/changes?order=desc`)).body.changes[0].actor;
    assert.equal(await actor(), `source:${source.id}/key:k`);
    const verbose = change(4, {firstName: {old: 'C', new: 'D'}});
    verbose.data.actor = 'x'.repeat(300);
    assert.deepEqual((await source.says('accepted', verbose)).items[0].ignored, ['data.actor']);
    assert.equal(await actor(), `source:${source.id}`);
    for (const [body, field] of [[{event: 'x'}, 'type'], [{type: 'x'}, 'data'], [{type: 'x', timestamp: tick(), data: {kind: 'deal', id, version: 1, changes: {}}}, 'data.kind'],
      [change(0, {}), 'data.version'], [change(4, 7), 'data.changes'], [change(4, {firstName: 7}), 'data.changes.firstName']]) {
      const {items} = await source.says('quarantined', body);
      assert.equal(items[0].field, field, items[0].reason);
    }
  });

  test('Of a pair of keys the endpoint needs the private one, and the source the public one', async () => {
    const pair = {secret: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==', publicKey: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='};
    const reader = two.api.with((await two.api.post('/v1/accounts', {name: 'Keys'}, {status: 201})).body.key);
    const next = await Sender.create(reader, {format: 'standard', verifier: 'standard', secret: pair.publicKey});
    const {endpoint} = (await one.api.post('/v1/endpoints', {url: next.url, secret: pair.secret, ...QUICK}, {status: 201})).body;
    const {id} = (await one.api.post('/v1/leads/create', {phone: newPhone()})).body;
    await eventually(() => next.receipts(), ([receipt]) => receipt?.verdict === 'accepted' && receipt.items[0].record.id === id, 'the lead');
    assert.equal((await reader.get(`/v1/sources/${next.id}/sample`, {status: 422})).body.field, 'secret');
    await one.api.delete(`/v1/endpoints/${endpoint.id}`, {status: 204});
  });

  test('A signature that is wrong, old or ahead is refused, and says which', async () => {
    const body = {type: 'lead.updated', timestamp: tick(), data: {}};
    for (const [signed, detail] of [[false, /webhook-id.*missing/], [{secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'}, /no signature.*fits/],
      [{at: Date.now() - 301_000}, /old/], [{at: Date.now() + 302_000}, /ahead|future/]]) {
      const answer = await source.send(body, {signed, status: 401});
      assert.equal(answer.body.type, 'urn:deltapost:problem:bad-signature');
      assert.match(answer.body.detail, detail);
    }
  });
});

describe('Two servers in a circle', () => {
  const one = suiteServer(), two = suiteServer();

  /** Webhooks that a source took so far. */
  const took = async (source) => (await source.receipts()).length;

  for (const [title, skips, echoes] of [['with skipSources stops after one round', true, 0], ['without it stops where nothing changes any more', false, 1]]) {
    test(`A circle ${title}`, async () => {
      const there = await chain(one.api, two.api);
      const back = await chain(two.api, one.api, skips ? {skipSources: [`source:${there.source.id}`]} : {});
      if (skips) await one.api.patch(`/v1/endpoints/${there.endpoint.id}`, {skipSources: [`source:${back.source.id}`]});
      const create = (from) => from.post('/v1/leads/create', {phone: newPhone(), firstName: 'Round', tags: ['vip', 'cold']});
      const arrives = (at, id) => eventually(() => at.get(`/v1/leads/${id}`, {status: undefined}).catch(() => ({})), ({body}) => body?.id === id, `lead ${id}`);
      const first = (await create(one.api)).body.id;
      await arrives(two.api, first);
      if (!skips) await eventually(() => took(back.source), (count) => count === 3, 'the echo');
      // What comes after it on the same way has overtaken nothing: the log is followed in order, per record at least.
      const last = (await create(two.api)).body.id;
      await arrives(one.api, last);
      if (!skips) await eventually(() => took(there.source), (count) => count === 6, 'the other echo');
      await one.api.patch(`/v1/leads/${last}`, {firstName: 'Further'});
      await eventually(async () => (await two.api.get(`/v1/leads/${last}`)).body, ({firstName}) => firstName === 'Further', 'the answer');
      await two.api.patch(`/v1/leads/${first}`, {firstName: 'Back'});
      await eventually(async () => (await one.api.get(`/v1/leads/${first}`)).body, ({firstName}) => firstName === 'Back', 'the other answer');
      // At each end a creation, told by three webhooks (lead.created and two leadTagged), and an update, told by one.
      const own = 3 + 1, all = own + echoes * own;
      await eventually(async () => [await took(there.source), await took(back.source)], ([a, b]) => a >= all && b >= all, 'all webhooks');
      assert.deepEqual([await took(there.source), await took(back.source)], [all, all]);
      for (const id of [first, last]) {
        assert.equal((await lead(one.api, id)).version, 2);
        assert.deepEqual(unordered(await lead(two.api, id)), unordered(await lead(one.api, id)));
      }
      for (const {source, endpoint} of [{source: back.source, endpoint: there.endpoint}]) {
        await one.api.delete(`/v1/endpoints/${endpoint.id}`, {status: 204});
        await one.api.delete(`/v1/sources/${source.id}`, {status: 204});
      }
      await two.api.delete(`/v1/endpoints/${back.endpoint.id}`, {status: 204});
      await two.api.delete(`/v1/sources/${there.source.id}`, {status: 204});
    });
  }

  test('An endpoint skips actors, and all whose name begins so', async (t) => {
    const receiver = await Receiver.start(t);
    const {apiKey, key} = (await one.api.post('/v1/keys', {name: 'sync', scopes: ['write']}, {status: 201})).body;
    const {endpoint} = (await one.api.post('/v1/endpoints', {url: receiver.url, skipActors: [`key:${apiKey.id}`], skipSources: ['source:*']}, {status: 201})).body;
    assert.deepEqual([endpoint.skipActors, endpoint.skipSources], [[`key:${apiKey.id}`], ['source:*']]);
    const sender = await Sender.create(one.api, {format: 'generic', verifier: 'none', mapping: {fields: {phone: '/phone'}}});
    await sender.says('accepted', {phone: newPhone()});
    await one.api.with(key).post('/v1/leads/create', {phone: newPhone()});
    const {id} = (await one.api.post('/v1/leads/create', {phone: newPhone()})).body;
    await receiver.first(({body}) => body.data.id === id, 'the own lead');
    assert.equal(receiver.requests.length, 1);
    for (const [member, value] of [['skipSources', 'api'], ['skipActors', [7]], ['skipActors', Array(51).fill('x')]]) {
      const {body} = await one.api.patch(`/v1/endpoints/${endpoint.id}`, {[member]: value}, {status: 422});
      assert.match(body.field, new RegExp(`^${member}`));
    }
  });
});
