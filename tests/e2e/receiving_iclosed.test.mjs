// What iClosed sends, as it sends it, and what becomes of contacts.
import assert from 'node:assert/strict';
import {before, describe, test} from 'node:test';
import {Receiver} from './receiver.mjs';
import {Sender, contact, flagsOf, tick, written} from './senders.mjs';
import {inParallel, suiteServer} from './support.mjs';

/** The same for objects that differ in the order of their members alone. */
const canonical = (value) => JSON.stringify(value, (_, one) => (one?.constructor === Object ? Object.fromEntries(Object.entries(one).sort()) : one));

describe('Webhooks of iClosed', () => {
  const suite = suiteServer();
  let sender, ids = 1000;
  before(async () => { sender = await Sender.create(suite.api, {format: 'iclosed', verifier: 'none'}); });

  /** The sample of its documentation, for a contact of its own. */
  const raya = (more = {}) => ({
    id: ids++, userId: 4, accountId: 3, firstName: 'Raya', lastName: 'Fleming', email: 'zogiji@example.com', phoneNumber: null,
    secondary_email: null, secondary_phoneNumber: null, status: 'QUALIFIED', createdAt: '2025-05-09T15:28:40.783Z', previewId: `contact_${ids}`,
    timeZone: 'Asia/Karachi', joinedTime: '2025-05-09T15:28:40.783Z', country: 'PK', ipAddress: '::1', updatedAt: tick(), updatedAttributes: [],
    questionsAndAnswers: {'1_question': 'Phone Number', '1_response': '+1234567890', '2_question': 'Full Name', '2_response': 'Raya Fleming',
      'Phone Number': '+1234567890', 'Full Name': 'Raya Fleming'},
    event: {id: 7, name: 'Intro', linkPrefix: 'intro', color: '#3366ff', eventType: 'DISCOVERY_EVENT'}, tracking: {utm_source: 'newsletter', first_utm_source: 'search'},
    latestCall: null, disqualifyingGroup: [], hookType: 'Contact updated', ...more,
  });
  const later = (body, more) => ({...body, updatedAt: tick(), ...more});

  test('A contact is taken as it was sent, from an array or bare', async () => {
    for (const wrap of [(body) => [body], (body) => body]) {
      const body = raya();
      const {items} = await sender.says('accepted', wrap(body));
      assert.deepEqual([items[0].event, items[0].record, items[0].version, items[0].updatedAttributes], ['Contact updated', {kind: 'contact', id: body.id}, 1, []]);
      const {hookType, updatedAttributes, ...fields} = body;
      assert.deepEqual(await contact(suite.api, body.id), {...fields, deletedAt: null, version: 1});
    }
  });

  test('Missing fields stay, null clears, and only what changed is a change', async () => {
    const body = raya();
    await sender.says('accepted', [body]);
    const part = {id: body.id, updatedAt: tick(), hookType: 'Contact updated', status: 'DISQUALIFIED', timeZone: null, updatedAttributes: ['status', 'timeZone']};
    const answer = await sender.says('accepted', [part]);
    assert.deepEqual(answer.items[0].changed, ['status', 'timeZone']);
    assert.deepEqual(flagsOf(answer), []);
    const now = await contact(suite.api, body.id);
    assert.deepEqual([now.firstName, now.status, now.timeZone, now.updatedAt, now.version], ['Raya', 'DISQUALIFIED', null, part.updatedAt, 2]);
  });

  test('A list of changes that are not those we found is flagged, unless the contact is new here', async () => {
    const body = raya({updatedAttributes: ['status']});
    assert.deepEqual(flagsOf(await sender.says('accepted', [body])), []);
    const answer = await sender.says('accepted', [later(body, {status: 'DISQUALIFIED', updatedAttributes: ['status', 'email']})]);
    assert.deepEqual(flagsOf(answer), ['attributes_differ updatedAttributes']);
    assert.match(answer.items[0].flags[0].message, /email.*status/);
  });

  test('Repeated, late and empty updates change nothing', async () => {
    const body = raya(), newer = later(body, {firstName: 'Raja'});
    await sender.says('accepted', [body]);
    await sender.says('accepted', [newer]);
    const before = await written(suite.api);
    await sender.says('duplicate', [body]);
    await sender.says('duplicate', newer);
    await sender.says('no_change', [later(newer)]);
    await sender.says('stale', [{...body, updatedAt: '2025-05-09T15:28:41.385Z', firstName: 'Ray'}]);
    assert.equal(await written(suite.api), before);
    assert.equal((await contact(suite.api, body.id)).firstName, 'Raja');
  });

  test('Of two updates of one time the last to arrive applies, and is flagged', async () => {
    const body = raya();
    await sender.says('accepted', [body]);
    const answer = await sender.says('accepted', [{...body, firstName: 'Raja'}]);
    assert.deepEqual(flagsOf(answer), ['equal_time firstName']);
    assert.equal((await contact(suite.api, body.id)).firstName, 'Raja');
  });

  test('Any order and any repetition of the same updates ends in the same contact', async () => {
    const base = raya();
    const updates = [base,
      later(base, {status: 'DISQUALIFIED', disqualifyingGroup: [{question: 'Budget'}], tracking: {utm_source: 'ad', first_utm_source: 'search'}}),
      later(base, {firstName: 'Raja', questionsAndAnswers: {'1_question': 'Full Name', '1_response': 'Raja', '2_question': 'Budget', '2_response': '10'}}),
      {id: base.id, updatedAt: tick(), hookType: 'Contact updated', email: null, questionsAndAnswers: {'Phone Number': null}, tracking: {utm_medium: 'mail'}}];
    const orders = (list) => (list.length < 2 ? [list] : list.flatMap((one, i) => orders(list.toSpliced ? list.toSpliced(i, 1) : list.filter((_, j) => j !== i)).map((rest) => [one, ...rest])));
    const all = orders(updates);
    assert.equal(all.length, 24);
    const results = new Set();
    await inParallel(all.length, 4, async (i) => {
      const id = ids++;
      for (const update of [...all[i], all[i][0], all[i][2]]) await sender.send([{...update, id}]);
      const {id: own, version, ...record} = await contact(suite.api, id);
      results.add(canonical(record));
    });
    assert.equal(results.size, 1, [...results].slice(0, 2).join('\n'));
    const record = JSON.parse([...results][0]);
    assert.deepEqual([record.firstName, record.email, record.status, record.updatedAt], ['Raja', null, 'QUALIFIED', updates[3].updatedAt]);
    assert.deepEqual(record.tracking, {utm_source: 'newsletter', first_utm_source: 'search', utm_medium: 'mail'});
  });

  test('What is written once keeps its first value, and the other one is flagged', async () => {
    const body = raya();
    await sender.says('accepted', [body]);
    const answer = await sender.says('accepted', [later(body, {firstName: 'Raja', createdAt: tick(), joinedTime: tick(), tracking: {first_utm_source: 'ad'}})]);
    assert.deepEqual(flagsOf(answer), ['write_once createdAt', 'write_once joinedTime', 'write_once tracking.first_utm_source']);
    const now = await contact(suite.api, body.id);
    assert.deepEqual([now.createdAt, now.joinedTime, now.tracking.first_utm_source], [body.createdAt, body.joinedTime, 'search']);
  });

  test('Answers are taken in either spelling, and both are kept', async () => {
    const body = raya({questionsAndAnswers: {Budget: '10'}});
    await sender.says('accepted', [body]);
    await sender.says('accepted', [later(body, {questionsAndAnswers: {'2_question': 'Company', '2_response': 'Acme'}})]);
    assert.deepEqual((await contact(suite.api, body.id)).questionsAndAnswers,
      {'2_question': 'Company', '2_response': 'Acme', Company: 'Acme', '3_question': 'Budget', '3_response': '10', Budget: '10'});
  });

  test('Members that have no place here are named', async () => {
    const {items} = await sender.says('accepted', [raya({previewUrl: 'https://app.example.com/c/1', tag: 'vip'})]);
    assert.deepEqual(items[0].ignored, ['previewUrl', 'tag']);
  });

  test('Calls and outcomes stand on the timeline of their contact', async () => {
    const body = raya({email: `caller${ids}@example.com`});
    await sender.says('accepted', [body]);
    const before = await written(suite.api);
    const call = {event_type: {uuid: 'u', kind: 'Round Robin', duration: '15'}, event: {uuid: 'c1', created_at: '2026-01-05T10:00:00+05:00'}, invitee: {email: body.email}, hookType: 'Call booked'};
    const outcome = {uuid: 1, contactId: body.id, callOutcome: 'SALE', startTime: tick(), hookType: 'Outcome added'};
    for (const one of [call, outcome]) assert.equal((await sender.says('accepted', [one])).items[0].record.id, body.id);
    await sender.says('accepted', [{...call, event: {uuid: 'c2'}, invitee: {email: 'nobody@example.com'}}]);
    const {timeline} = (await suite.api.get(`/v1/contacts/${body.id}/timeline`)).body;
    assert.deepEqual(timeline.map(({change, receipt}) => receipt?.items[0].event ?? change.version), ['Outcome added', 'Call booked', 1]);
    assert.equal(await written(suite.api), before);
  });

  test('A bad item is set aside, and the good ones beside it are taken', async () => {
    const good = [raya(), raya()], bad = raya({email: 'nobody'});
    const answer = await sender.says('quarantined', [good[0], bad, good[1]]);
    assert.deepEqual(answer.items.map(({verdict}) => verdict), ['accepted', 'quarantined', 'accepted']);
    assert.match(answer.items[1].reason, /@|address/);
    assert.equal(answer.items[1].field, 'email');
    for (const {id} of good) assert.equal((await contact(suite.api, id)).version, 1);
    await suite.api.get(`/v1/contacts/${bad.id}`, {status: 404});
  });

  test('A source that rejects bad content takes nothing of a request with a bad item', async () => {
    const strict = await Sender.create(suite.api, {format: 'iclosed', verifier: 'none', onBadContent: 'reject'});
    const before = await written(suite.api);
    const good = raya();
    const {body} = await strict.send([good, raya({email: 'nobody'})], {status: 422});
    assert.deepEqual([body.type, body.field], ['urn:deltapost:problem:invalid', 'email']);
    const [receipt] = await strict.receipts();
    assert.deepEqual([receipt.verdict, receipt.reason, receipt.field], ['rejected', body.detail, 'email']);
    assert.equal(await written(suite.api), before);
    await strict.says('accepted', [good]);
  });

  test('A contact that our API made later than the update keeps what the API wrote', async () => {
    const body = raya();
    await suite.api.post('/v1/contacts', {id: body.id, firstName: 'By hand'});
    assert.deepEqual(flagsOf(await sender.says('accepted', [body])).slice(0, 2), ['outrun firstName', 'outrun status']);
    const now = await contact(suite.api, body.id);
    assert.deepEqual([now.firstName, now.lastName], ['By hand', 'Fleming']);
  });

  test('What one Deltapost sends in this format another one takes, without a flag', async (t) => {
    const receiver = await Receiver.start(t);
    const {endpoint, secret} = (await suite.api.post('/v1/endpoints', {url: receiver.url, format: 'iclosed'}, {status: 201})).body;
    const {id} = (await suite.api.post('/v1/contacts', {firstName: 'Raya', questionsAndAnswers: {Budget: '10'}, utm: 'utm_source=a&first_utm_source=b', latestCall: {duration: 15}})).body.data.contact;
    for (const patch of [{status: 'QUALIFIED', questionsAndAnswers: {Budget: '20', Role: 'CEO'}}, {latestCall: {duration: 30}, tracking: {utm_source: 'c'}, country: 'PK'}, {latestCall: null, firstName: null}]) {
      await suite.api.patch(`/v1/contacts/${id}`, patch);
    }
    const other = suite.api.with((await suite.api.post('/v1/accounts', {name: 'Next'}, {status: 201})).body.key);
    const next = await Sender.create(other, {format: 'iclosed', verifier: 'standard', secret});
    for (const {raw, headers} of (await receiver.count(4)).filter(({body}) => body[0].id === id)) {
      const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => /^webhook-/.test(name)));
      const answer = await next.says('accepted', raw, {signed: false, headers: passed});
      assert.deepEqual([flagsOf(answer), answer.items[0].eventId], [[], passed['webhook-id']]);
      await next.says('duplicate', raw, {signed: false, headers: passed});
    }
    assert.deepEqual(canonical(await contact(other, id)), canonical(await contact(suite.api, id)));
    await suite.api.delete(`/v1/endpoints/${endpoint.id}`, {status: 204});
  });

  test('Of two identical requests at once, exactly one is accepted', async () => {
    await inParallel(60, 8, async () => {
      const sent = [raya()];
      const verdicts = await Promise.all(Array.from({length: 4}, async () => (await sender.send(sent)).body.verdict));
      assert.deepEqual(verdicts.sort(), ['accepted', 'duplicate', 'duplicate', 'duplicate']);
    });
  });
});
