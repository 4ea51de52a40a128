// What Apten sends, as it sends it, and what becomes of leads.
import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {before, describe, test} from 'node:test';
import {Receiver} from './receiver.mjs';
import {Sender, flagsOf, lead, tick, written} from './senders.mjs';
import {inParallel, newPhone, suiteServer} from './support.mjs';

describe('Webhooks of Apten', () => {
  const suite = suiteServer();
  let sender, leads = 0;
  before(async () => { sender = await Sender.create(suite.api, {format: 'apten', verifier: 'apten'}); });

  const newLead = () => ({leadId: `apten_${leads++}`, phone: newPhone()});
  const event = (name, data, more) => ({event: name, data, timestamp: tick(), ...more});
  const updated = (who, additionalInfo, more) =>
    event('lead.additionalInfo.updated', {...who, additionalInfo}, {eventId: randomBytes(16).toString('hex'), ...more});
  const known = async (info = {state: 'CA'}) => {
    const who = newLead();
    await sender.says('accepted', updated(who, Object.fromEntries(Object.entries(info).map(([key, value]) => [key, {old: null, new: value}]))));
    return who;
  };
  const timeline = async (id) => (await suite.api.get(`/v1/leads/${id}/timeline`)).body.timeline;

  test('A lead that is new here is made under its id, and the change tells where it came from', async () => {
    const who = newLead();
    const sent = updated({...who, externalLeadId: '003XX000004DHPY', close_crm_leadId: 'lead_xyz123'}, {state: {old: null, new: 'CA'}});
    const answer = await sender.says('accepted', sent);
    assert.deepEqual(answer.items, [{
      verdict: 'accepted', event: sent.event, eventId: sent.eventId, record: {kind: 'lead', id: who.leadId}, version: 1, time: sent.timestamp,
      changed: answer.items[0].changed,
    }]);
    const record = await lead(suite.api, who.leadId);
    assert.deepEqual(record, {
      ...record, phone: who.phone, additionalInfo: {state: 'CA'}, externalLeadId: '003XX000004DHPY', close_crm_leadId: 'lead_xyz123',
      createdAt: sent.timestamp, updatedAt: sent.timestamp, deleted: false, version: 1,
    });
    const [change] = (await suite.api.get(`/v1/leads/${who.leadId}/changes`)).body.changes;
    const door = `source:${sender.id}`;
    assert.deepEqual([change.receipt, change.source, change.actor], [answer.receipt, door, door]);
    assert.equal((await suite.api.allChanges()).at(-1).receipt, answer.receipt);
    await suite.api.patch(`/v1/leads/${who.leadId}`, {summary: 'By hand'});
    assert.equal((await suite.api.allChanges()).at(-1).receipt, null);
  });

  test('A delta sets, changes and removes keys, and leaves the others', async () => {
    const who = await known({state: 'CA', provider: 'Aetna', plan: 'free'});
    const answer = await sender.says('accepted', updated(who, {state: {old: 'CA', new: 'NV'}, provider: {old: 'Aetna', new: null}, age: {old: null, new: '41'}}));
    assert.deepEqual(answer.items[0].changed.sort(), ['additionalInfo.age', 'additionalInfo.provider', 'additionalInfo.state']);
    assert.deepEqual(flagsOf(answer), []);
    assert.deepEqual((await lead(suite.api, who.leadId)).additionalInfo, {state: 'NV', plan: 'free', age: '41'});
  });

  test('What came in goes out as the same event', async (t) => {
    const receiver = await Receiver.start(t);
    const {endpoint} = (await suite.api.post('/v1/endpoints', {url: receiver.url, format: 'apten', events: ['lead.additionalInfo.updated']}, {status: 201})).body;
    const who = await known();
    const sent = updated({...who, externalLeadId: '00Q5g00000ABCDEAA1'}, {state: {old: 'CA', new: 'NV'}, city: {old: null, new: 'Reno'}});
    await sender.says('accepted', sent);
    const {body} = await receiver.first(({body}) => body.data.externalLeadId !== undefined, 'the second event');
    assert.equal(body.event, sent.event);
    assert.deepEqual(body.data, sent.data);
    await suite.api.delete(`/v1/endpoints/${endpoint.id}`, {status: 204});
  });

  test('A repeat changes nothing, whenever it was sent, and names the receipt that brought it first', async () => {
    const sent = updated(newLead(), {state: {old: null, new: 'CA'}});
    const {receipt} = await sender.says('accepted', sent);
    const before = await written(suite.api);
    for (const again of [sent, {...sent, timestamp: tick()}]) {
      const {items} = await sender.says('duplicate', again);
      assert.equal(items[0].receipt, receipt);
      assert.equal(items[0].flags, undefined);
    }
    assert.equal(await written(suite.api), before);
  });

  test('An event id with another content is flagged and not applied', async () => {
    const who = newLead();
    const sent = updated(who, {state: {old: null, new: 'CA'}});
    await sender.says('accepted', sent);
    const answer = await sender.says('duplicate', {...sent, data: {...sent.data, additionalInfo: {state: {old: null, new: 'NV'}}}});
    assert.deepEqual(flagsOf(answer), ['other_content']);
    assert.equal((await lead(suite.api, who.leadId)).additionalInfo.state, 'CA');
  });

  test('Of two identical requests at once, exactly one is accepted', async () => {
    await inParallel(60, 8, async () => {
      const sent = updated(newLead(), {state: {old: null, new: 'CA'}});
      const verdicts = await Promise.all(Array.from({length: 4}, async () => (await sender.send(sent)).body.verdict));
      assert.deepEqual(verdicts.sort(), ['accepted', 'duplicate', 'duplicate', 'duplicate']);
      assert.equal((await lead(suite.api, sent.data.leadId)).version, 1);
    });
  });

  test('An old value that is not ours is a gap: applied and flagged', async () => {
    const who = await known();
    const answer = await sender.says('accepted', updated(who, {state: {old: 'NV', new: 'TX'}}));
    assert.deepEqual(flagsOf(answer), ['gap additionalInfo.state']);
    assert.match(answer.items[0].flags[0].message, /CA.*NV/);
    assert.equal((await lead(suite.api, who.leadId)).additionalInfo.state, 'TX');
  });

  test('What comes late does not overwrite what is newer, but adds what nothing newer says', async () => {
    const who = newLead();
    const [first, late, last] = [updated(who, {state: {old: null, new: 'CA'}}),
      updated(who, {state: {old: 'CA', new: 'NV'}, city: {old: null, new: 'Reno'}}), updated(who, {state: {old: 'NV', new: 'TX'}})];
    await sender.says('accepted', first);
    await sender.says('accepted', last);
    const answer = await sender.says('stale', late);
    assert.deepEqual(flagsOf(answer), ['outrun additionalInfo.state']);
    assert.deepEqual(answer.items[0].changed, ['additionalInfo.city']);
    const record = await lead(suite.api, who.leadId);
    assert.deepEqual([record.additionalInfo, record.version], [{state: 'TX', city: 'Reno'}, 3]);
    const before = await written(suite.api);
    await sender.says('stale', updated(who, {state: {old: null, new: 'WA'}}, {timestamp: first.timestamp}));
    assert.equal(await written(suite.api), before);
  });

  test('A newer change by our API is not overwritten by a late event either', async () => {
    const who = await known();
    await suite.api.patch(`/v1/leads/${who.leadId}`, {additionalInfo: {state: 'WA'}});
    await sender.says('stale', updated(who, {state: {old: 'CA', new: 'NV'}}));
    assert.equal((await lead(suite.api, who.leadId)).additionalInfo.state, 'WA');
  });

  test('Of two statements of one time the last to arrive applies, and is flagged', async () => {
    const who = newLead(), timestamp = tick();
    await sender.says('accepted', updated(who, {state: {old: null, new: 'CA'}}, {timestamp}));
    const answer = await sender.says('accepted', updated(who, {state: {old: 'CA', new: 'NV'}}, {timestamp}));
    assert.deepEqual(flagsOf(answer), ['equal_time additionalInfo.state']);
    assert.equal((await lead(suite.api, who.leadId)).additionalInfo.state, 'NV');
  });

  test('What is so already makes no version', async () => {
    const who = await known();
    const before = await written(suite.api);
    const {items} = await sender.says('no_change', updated(who, {state: {old: 'CA', new: 'CA'}}));
    assert.equal(items[0].version, undefined);
    assert.equal(await written(suite.api), before);
  });

  test('Built-in tags are marks of the lead, others are tags, and an opt-out unsubscribes', async () => {
    const who = await known();
    await sender.says('accepted', event('leadTagged', {...who, channel: 'sms', tag: 'isHot'}));
    await sender.says('accepted', event('leadTagged', {...who, channel: 'sms', tag: 'vip'}));
    await sender.says('accepted', event('leadTagged', {...who, channel: 'manual', tag: 'early bird'}));
    await sender.says('no_change', event('leadTagged', {...who, channel: 'sms', tag: 'vip'}));
    const {items} = await sender.says('accepted', event('optOut', {...who, channel: 'sms', optOutReason: null, isTwilioOptOut: true}));
    assert.deepEqual(items[0].ignored, ['data.optOutReason', 'data.isTwilioOptOut']);
    const {isHot, hasReplied, isUnsubscribed, tags} = await lead(suite.api, who.leadId);
    assert.deepEqual({isHot, hasReplied, isUnsubscribed, tags},
      {isHot: true, hasReplied: false, isUnsubscribed: true, tags: [{id: 'early bird', name: 'early bird'}, {id: 'vip', name: 'vip'}]});
  });

  test('A link that is left out, null or empty says nothing', async () => {
    const who = newLead();
    await sender.says('accepted', updated({...who, externalLeadId: '003XX000004DHPY'}, {state: {old: null, new: 'CA'}}));
    for (const link of [{}, {externalLeadId: null}, {externalLeadId: ''}]) {
      await sender.says('accepted', updated({...who, ...link}, {[`key${JSON.stringify(link).length}`]: {old: null, new: 'x'}}));
    }
    assert.equal((await lead(suite.api, who.leadId)).externalLeadId, '003XX000004DHPY');
  });

  test('Any other event stands on the timeline of its lead, between the changes, and changes nothing', async () => {
    const who = await known();
    const message = event('message.received', {...who, channel: 'sms', profile: 'Insurance', content: {text: 'Hello'}});
    const {receipt, items} = await sender.says('accepted', message);
    assert.deepEqual([items[0].record.id, items[0].version], [who.leadId, undefined]);
    await sender.says('duplicate', message);
    await sender.says('accepted', updated(who, {state: {old: 'CA', new: 'NV'}}));
    const told = await timeline(who.leadId);
    assert.deepEqual(told.map(({change, receipt}) => change?.version ?? receipt.verdict), [2, 'duplicate', 'accepted', 1]);
    assert.equal(told[2].receipt.id, receipt);
    const pages = [];
    for (let next = '';;) {
      const page = (await suite.api.get(`/v1/leads/${who.leadId}/timeline?limit=1${next}`)).body;
      pages.push(...page.timeline);
      if (page.nextToken === null) break;
      next = `&nextToken=${encodeURIComponent(page.nextToken)}`;
    }
    assert.deepEqual(pages, told);
    assert.equal((await lead(suite.api, who.leadId)).version, 2);
  });

  test('An event about nobody we know is kept as a receipt alone', async () => {
    const before = await written(suite.api);
    for (const one of [event('notification', newLead()), event('webchat.session.started', {sessionId: 's1', orgId: 'o1', profile: 'Web', createdAt: tick()}),
      event('something.new', {anything: [1, 2, 3]})]) {
      const {receipt} = await sender.says('accepted', one);
      assert.deepEqual((await sender.receipt(receipt)).records, []);
    }
    assert.equal(await written(suite.api), before);
  });

  test('A lead that we know under another id is found by its phone, from then on also without it', async () => {
    const ours = (await suite.api.post('/v1/leads/create', {phone: newPhone()})).body;
    const who = {leadId: `apten_${leads++}`, phone: ours.lead.phone.replace(/^\+1(\d{3})/, '+1 ($1) ')};
    const now = () => new Date().toISOString();
    const {items} = await sender.says('accepted', updated(who, {state: {old: null, new: 'CA'}}, {timestamp: now()}));
    assert.equal(items[0].record.id, ours.id);
    await sender.says('accepted', updated({leadId: who.leadId}, {state: {old: 'CA', new: 'NV'}}, {timestamp: now()}));
    assert.equal((await lead(suite.api, ours.id)).additionalInfo.state, 'NV');
    await suite.api.get(`/v1/leads/${who.leadId}`, {status: 404});
  });

  test('A phone that is not the one of the lead it names is flagged and not taken', async () => {
    const who = await known();
    const answer = await sender.says('accepted', updated({...who, phone: newPhone()}, {state: {old: 'CA', new: 'NV'}}));
    assert.deepEqual(flagsOf(answer), ['identity phone']);
    assert.equal((await lead(suite.api, who.leadId)).phone, who.phone);
  });

  test('A rule of severity warn is a flag, others hold an event back', async () => {
    const plans = (severity) => ({name: 'Plans that we know', severity, condition: {in: [{var: 'after.additionalInfo.plan'}, ['free', 'pro']]}});
    for (const [severity, verdict, status] of [['warn', 'accepted', 200], ['quarantine', 'quarantined', 200], ['reject', undefined, 422]]) {
      const ruled = await Sender.create(suite.api, {format: 'apten', verifier: 'none', validation: [plans(severity)]});
      await ruled.says('accepted', updated(newLead(), {plan: {old: null, new: 'pro'}}));
      const who = newLead();
      const {body} = await ruled.send(updated(who, {plan: {old: null, new: 'gold'}}), {status});
      assert.equal(body.verdict, verdict);
      assert.match(JSON.stringify(body), /Plans that we know/);
      if (severity === 'warn') assert.deepEqual(flagsOf(body), ['warning']);
      await suite.api.get(`/v1/leads/${who.leadId}`, {status: severity === 'warn' ? 200 : 404});
    }
  });

  for (const [what, change, field, detail] of [
    ['without an event', (body) => { delete body.event; }, 'event', /required/],
    ['without a timestamp', (body) => { delete body.timestamp; }, 'timestamp', /RFC 3339/],
    ['with a timestamp that is none', (body) => { body.timestamp = 'yesterday'; }, 'timestamp', /RFC 3339/],
    ['without data', (body) => { delete body.data; }, 'data', /object/],
    ['about nobody', (body) => { delete body.data.leadId; delete body.data.phone; }, 'data.leadId', /required/],
    ['with a phone that is none', (body) => { body.data.phone = '5551234'; }, 'data.phone', /\+/],
    ['with an id that is a number', (body) => { body.data.leadId = 5; }, 'data.leadId', /string/],
    ['without additionalInfo', (body) => { delete body.data.additionalInfo; }, 'data.additionalInfo', /old/],
    ['with values instead of changes', (body) => { body.data.additionalInfo.state = 'CA'; }, 'data.additionalInfo.state', /old.*new/],
    ['with nested values', (body) => { body.data.additionalInfo.state.new = {code: 'CA'}; }, 'data.additionalInfo.state', /string or null/],
    ['with a number', (body) => { body.data.additionalInfo.state.new = 7; }, 'data.additionalInfo.state', /string or null/],
    ['of a new lead without a phone', (body) => { delete body.data.phone; }, 'phone', /needed/],
    ['from the future', (body) => { body.timestamp = new Date(Date.now() + 3_600_000).toISOString(); }, 'timestamp', /future/],
  ]) {
    test(`An event ${what} is quarantined with the reason, and nothing is changed`, async () => {
      const before = await written(suite.api);
      const body = updated(newLead(), {state: {old: null, new: 'CA'}});
      change(body);
      const {receipt, items} = await sender.says('quarantined', body);
      assert.equal(items[0].field, field, items[0].reason);
      assert.match(items[0].reason, detail);
      assert.equal((await sender.receipt(receipt)).items[0].reason, items[0].reason);
      assert.equal(await written(suite.api), before);
    });
  }

  test('A phone that another lead has is not taken twice', async () => {
    const who = await known();
    const other = await known();
    const {items} = await sender.says('accepted', updated({leadId: other.leadId, phone: who.phone}, {state: {old: 'CA', new: 'NV'}}));
    assert.deepEqual([items[0].record.id, items[0].flags[0].flag], [other.leadId, 'identity']);
    assert.equal((await lead(suite.api, other.leadId)).phone, other.phone);
  });

  test('An event that is quarantined does not even teach us the id of its lead', async () => {
    const {lead: ours} = (await suite.api.post('/v1/leads/create', {phone: newPhone()})).body;
    const leadId = `apten_${leads++}`, ahead = new Date(Date.now() + 3_600_000).toISOString();
    await sender.says('quarantined', updated({leadId, phone: ours.phone}, {state: {old: null, new: 'CA'}}, {timestamp: ahead}));
    const {items} = await sender.says('quarantined', updated({leadId}, {state: {old: null, new: 'CA'}}));
    assert.deepEqual([items[0].field, items[0].record.id], ['phone', leadId]);
  });

  test('What one Deltapost sends in this format another one takes, by its signature and by the standard one', async (t) => {
    const receiver = await Receiver.start(t);
    const {endpoint, secret} = (await suite.api.post('/v1/endpoints', {url: receiver.url, format: 'apten'}, {status: 201})).body;
    const {id} = (await suite.api.post('/v1/leads/create', {phone: newPhone(), additionalInfo: {state: 'CA', 'ключ': 'ü'}})).body;
    const {raw, headers} = await receiver.first(({body}) => body.event === 'lead.additionalInfo.updated' && body.data.leadId === id, 'the event');
    const other = suite.api.with((await suite.api.post('/v1/accounts', {name: 'Next'}, {status: 201})).body.key);
    for (const [verifier, verdict] of [['apten', 'accepted'], ['standard', 'no_change']]) {
      const next = await Sender.create(other, {format: 'apten', verifier, secret});
      const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => /^webhook-|^x-signature/.test(name)));
      await next.says(verdict, raw, {signed: false, headers: passed});
    }
    assert.deepEqual((await lead(other, id)).additionalInfo, {state: 'CA', 'ключ': 'ü'});
    await suite.api.delete(`/v1/endpoints/${endpoint.id}`, {status: 204});
  });

  test('A signature that is missing, of another secret or of another body is refused, and nothing is changed', async () => {
    const before = await written(suite.api);
    const body = updated(newLead(), {state: {old: null, new: 'CA'}});
    const other = sender.sign(Buffer.from('{}'));
    for (const options of [{signed: false}, {signed: {secret: 'another'}}, {signed: false, headers: other}, {signed: false, headers: {'X-Signature-SHA256': 'zz'}}]) {
      const answer = (await sender.send(body, {...options, status: 401}));
      assert.deepEqual([answer.body.type, answer.headers.get('www-authenticate')], ['urn:deltapost:problem:bad-signature', null]);
      assert.doesNotMatch(answer.body.title, /API key/);
      assert.match(answer.body.detail, /X-Signature-SHA256/);
      const [receipt] = await sender.receipts('&limit=1');
      assert.deepEqual([receipt.verdict, receipt.reason], ['rejected', answer.body.detail]);
    }
    assert.equal(await written(suite.api), before);
    await sender.says('accepted', body);
  });
});
