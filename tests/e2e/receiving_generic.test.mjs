// Anyone's JSON, found by a mapping, and the signatures of those who send it.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {Sender, contact, flagsOf, lead, tick, written} from './senders.mjs';
import {newPhone, suiteServer} from './support.mjs';

describe('Webhooks of anyone', () => {
  const suite = suiteServer();
  const create = (mapping, more) => Sender.create(suite.api, {format: 'generic', verifier: 'none', mapping, ...more});

  test('A mapping finds items, ids, times and fields where they are', async () => {
    const sender = await create({
      items: '/batch/orders', eventId: '/meta/id', event: 'header:X-Topic', id: '/customer/id', time: '/at',
      fields: {phone: '/customer/tel~1mobile', email: '/customer/mail', isHot: '/hot', 'additionalInfo.plan': '/lines/0/plan', 'additionalInfo.seats': '/lines/0/seats', 'additionalInfo.a\\.b': '/gone'},
    });
    const item = (id, more = {}) => ({meta: {id: `evt_${id}`}, customer: {id, 'tel/mobile': newPhone(), mail: 'j@example.com'}, at: 1767607200, hot: true, lines: [{plan: 'pro', seats: 5}], note: 'x', ...more});
    const items = [item('c_1'), item(77, {at: '1767607200123'}), item('c_3', {at: '2026-01-05T10:00:00+05:00', hot: false, gone: null})];
    const answer = await sender.says('accepted', {batch: {orders: items}}, {headers: {'x-topic': 'order.paid'}});
    assert.deepEqual(answer.items.map(({event, eventId, record, time}) => [event, eventId, record.id, time]), [
      ['order.paid', 'evt_c_1', 'c_1', '2026-01-05T10:00:00.000Z'], ['order.paid', 'evt_77', '77', '2026-01-05T10:00:00.123Z'], ['order.paid', 'evt_c_3', 'c_3', '2026-01-05T05:00:00.000Z']]);
    assert.deepEqual(answer.items[0].ignored, ['note']);
    const record = await lead(suite.api, 'c_1');
    assert.deepEqual([record.phone, record.isHot, record.additionalInfo], [items[0].customer['tel/mobile'], true, {plan: 'pro', seats: '5'}]);
    await sender.says('duplicate', {batch: {orders: items.slice(0, 1)}});
  });

  test('A whole says how things are: late ones fill in, and the same again is no change', async () => {
    const sender = await create({id: '/id', time: '/at', fields: {phone: '/phone', firstName: '/name', additionalInfo: '/info'}});
    const [early, late] = [tick(), tick()], phone = newPhone();
    await sender.says('accepted', {id: 'whole', at: late, phone, name: 'New', info: {plan: 'pro', seats: 5, trial: false}});
    const answer = await sender.says('stale', {id: 'whole', at: early, phone, name: 'Old', info: {plan: 'free', source: 'ad'}});
    assert.deepEqual(flagsOf(answer), ['outrun additionalInfo.plan', 'outrun firstName']);
    await sender.says('no_change', {id: 'whole', at: tick(), name: 'New'});
    assert.deepEqual((await lead(suite.api, 'whole')).additionalInfo, {plan: 'pro', seats: '5', trial: 'false', source: 'ad'});
    await sender.says('accepted', {id: 'whole', at: tick(), info: null});
    assert.deepEqual((await lead(suite.api, 'whole')).additionalInfo, {});
  });

  test('A delta says what changed, and null takes it away', async () => {
    const sender = await create({delta: true, id: '/id', time: '/at', fields: {phone: '/phone', firstName: '/name', 'additionalInfo.plan': '/plan'}});
    await sender.says('accepted', {id: 'delta', at: tick(), phone: newPhone(), name: 'A', plan: 'pro'});
    const {items} = await sender.says('accepted', {id: 'delta', at: tick(), name: null, plan: null});
    assert.deepEqual(items[0].changed.sort(), ['additionalInfo.plan', 'firstName']);
  });

  test('Without an id a record is found by phone or e-mail, and made once', async () => {
    const sender = await create({kind: 'contact', fields: {email: '/mail', phoneNumber: '/tel', firstName: '/name', 'questionsAndAnswers.Budget': '/budget', 'tracking.utm_source': '/from'}});
    const made = (await sender.says('accepted', {mail: 'gen@example.com', tel: '+15550001111', name: 'Gen', budget: 10, from: 'ad'})).items[0];
    const again = (await sender.says('accepted', {mail: 'gen@example.com', name: 'Gene'})).items[0];
    assert.deepEqual(again.record, made.record);
    const now = await contact(suite.api, made.record.id);
    assert.deepEqual([now.firstName, now.tracking.utm_source, now.questionsAndAnswers.Budget], ['Gene', 'ad', '10']);
    await sender.says('no_change', {mail: 'gen@example.com', name: 'Gene'});
  });

  test('A mapping without fields keeps what comes as notes of its record', async () => {
    const sender = await create({id: '/lead', event: '/type'});
    const {id} = (await suite.api.post('/v1/leads/create', {phone: newPhone()})).body;
    const {items} = await sender.says('accepted', {lead: id, type: 'email.opened'});
    assert.deepEqual([items[0].event, items[0].record.id], ['email.opened', id]);
    const {timeline} = (await suite.api.get(`/v1/leads/${id}/timeline`)).body;
    assert.equal(timeline[0].receipt.items[0].event, 'email.opened');
  });

  test('A phone that another lead has is quarantined, and names that lead', async () => {
    const sender = await create({id: '/id', fields: {phone: '/phone', firstName: '/name'}});
    const [one, two] = [{id: 'taken_1', phone: newPhone()}, {id: 'taken_2', phone: newPhone()}];
    await sender.says('accepted', one);
    await sender.says('accepted', two);
    const before = await written(suite.api);
    const {items} = await sender.says('quarantined', {...two, phone: one.phone, name: 'Two'});
    assert.equal(items[0].field, 'phone');
    assert.match(items[0].reason, /taken_1/);
    assert.equal(await written(suite.api), before);
    await suite.api.delete('/v1/leads/taken_1');
    await sender.says('accepted', {...two, phone: one.phone, name: 'Two'});
  });

  test('What cannot be used says where it stood, in both worlds', async () => {
    const sender = await create({id: '/id', time: '/at', eventId: '/evt', fields: {phone: '/to/phone', isHot: '/hot', timeZone: '/zone', 'additionalInfo.plan': '/plan', additionalInfo: '/info'}});
    const before = await written(suite.api);
    for (const [body, field, detail] of [
      [{to: {phone: 'none'}}, 'phone', /\+/], [{to: {phone: newPhone()}, hot: 'yes'}, 'isHot', /true/], [{to: {phone: newPhone()}, zone: 'half past nine'}, 'timeZone', /America/],
      [{to: {phone: newPhone()}, plan: {name: 'pro'}}, 'additionalInfo.plan', /\/plan/], [{to: {phone: newPhone()}, info: {plan: {name: 'pro'}}}, 'additionalInfo.plan', /\/info/],
      [{to: {phone: newPhone()}, info: []}, 'additionalInfo', /object.*\/info/], [{to: {phone: newPhone()}, at: 'soon'}, 'time', /RFC 3339.*\/at/], [{to: {phone: newPhone()}, at: -5}, 'time', /\/at/],
      [{id: {}, to: {}}, 'id', /\/id/], [{id: 'with blank'}, 'id', /\/id/], [{id: '..', to: {phone: newPhone()}}, 'id', /\/id/], [{evt: [1], to: {phone: newPhone()}}, 'eventId', /\/evt/], [{}, 'id', /phone.*email/], [{id: 'nophone', plan: 'x'}, 'phone', /needed/],
    ]) {
      const answer = await sender.says('quarantined', body);
      assert.equal(answer.items[0].field, field, answer.items[0].reason);
      assert.match(answer.items[0].reason, detail);
    }
    const lost = await create({items: '/all', fields: {phone: '/phone'}});
    const answer = await lost.says('quarantined', {phone: newPhone()});
    assert.match(answer.reason, /\/all/);
    assert.equal(await written(suite.api), before);
  });

  const past = -301_000, ahead = 302_000;
  for (const [verifier, header, timed] of [
    ['github', 'X-Hub-Signature-256', false], ['stripe', 'Stripe-Signature', true], ['close', 'close-sig-hash', true],
    [{scheme: 'hubspot', url: 'https://hooks.example.com/in/x'}, 'X-HubSpot-Signature-v3', true],
    [{scheme: 'hmac', header: 'X-Sig', algorithm: 'sha512', encoding: 'base64', prefix: 'v0='}, 'X-Sig', false],
    [{scheme: 'token', header: 'X-Token', prefix: 'Token '}, 'X-Token', false], [{scheme: 'token', parameter: 'key'}, 'key', false],
  ]) {
    test(`A request is taken when it is signed as it should be, and only then: ${JSON.stringify(verifier)}`, async () => {
      const sender = await create({fields: {phone: '/phone', firstName: '/name'}}, {verifier});
      const body = () => ({phone: newPhone(), name: 'Ünïcode 🚀'});
      await sender.says('accepted', body());
      if (sender.scheme === 'hubspot') await sender.says('accepted', body(), {query: '?a=1&b=%2F'});
      const before = await written(suite.api);
      const other = sender.scheme === 'close' ? 'ab'.repeat(32) : 'another-secret-0123456789';
      const wrong = [[{signed: false}, /missing/], [{signed: {secret: other}}, /./]];
      if (timed) wrong.push([{signed: {at: Date.now() + past}}, /old/], [{signed: {at: Date.now() + ahead}}, /ahead/]);
      if (sender.scheme !== 'token') wrong.push([{signed: false, headers: sender.sign(Buffer.from('{"phone":"+15555555555"}'))}, /fit/]);
      for (const [options, detail] of wrong) {
        const answer = await sender.send(body(), {...options, status: 401});
        assert.equal(answer.body.type, 'urn:deltapost:problem:bad-signature');
        assert.match(answer.body.detail, detail);
        if (!/old|ahead/.test(answer.body.detail)) assert.ok(answer.body.detail.includes(header), answer.body.detail);
        assert.ok(!answer.text.includes(sender.secret) && !answer.text.includes(other));
      }
      assert.equal(await written(suite.api), before);
      assert.equal((await sender.receipts('&verdict=rejected')).length, wrong.length);
      const [taken] = await sender.receipts('&verdict=accepted');
      assert.ok(!JSON.stringify(await sender.receipt(taken.id)).includes(sender.secret), 'the receipt keeps no secret');
    });
  }
});
