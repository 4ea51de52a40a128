// What could not be used waits for a person: seen beside the record, mended, released or dropped, once.
import assert from 'node:assert/strict';
import {before, describe, test} from 'node:test';
import {Sender, contact, flagsOf, lead, tick, written} from './senders.mjs';
import {inParallel, newPhone, suiteServer} from './support.mjs';

describe('Quarantine', () => {
  const suite = suiteServer();
  let sender, ids = 1;
  before(async () => { sender = await Sender.create(suite.api, {format: 'iclosed', verifier: 'none'}); });

  const update = (more) => ({id: ids++, updatedAt: tick(), hookType: 'Contact updated', firstName: 'Raya', ...more});
  const bad = (more) => update({email: 'nobody', ...more});
  const setAside = async (body = bad(), by = sender) => (await by.says('quarantined', body)).receipt;
  const release = (id, body, options) => suite.api.post(`/v1/receipts/${id}/release`, body, options);
  const drop = (id, options = {status: 204}) => suite.api.post(`/v1/receipts/${id}/drop`, undefined, options);
  const waiting = async (by = sender) => (await by.receipts('&unresolved=true')).map(({id}) => id);

  test('It is listed with its reason, and stands with all that came beside the record it is about', async () => {
    const known = update();
    await sender.says('accepted', known);
    const body = [{...known, updatedAt: tick(), email: 'nobody'}];
    const id = await setAside(body);
    assert.ok((await waiting()).includes(id));
    const receipt = await sender.receipt(id);
    assert.deepEqual([receipt.verdict, receipt.source, receipt.resolution, receipt.format, receipt.contentType, receipt.body],
      ['quarantined', sender.id, null, 'iclosed', 'application/json', JSON.stringify(body)]);
    assert.equal(receipt.items[0].field, 'email');
    assert.deepEqual(receipt.records.map(({kind, id: of, record}) => [kind, of, record.firstName]), [['contact', known.id, 'Raya']]);
    const bytes = await suite.api.get(`/v1/receipts/${id}/body`);
    assert.equal(bytes.text, JSON.stringify(body));
    assert.equal(bytes.headers.get('x-content-type-options'), 'nosniff');
    const {timeline} = (await suite.api.get(`/v1/contacts/${known.id}/timeline`)).body;
    assert.deepEqual(timeline.map(({receipt: one, change}) => one?.id ?? change.version), [id, 1]);
  });

  test('Headers that carry a secret are kept without it', async () => {
    const {receipt} = await sender.says('accepted', update(), {headers: {authorization: 'Bearer of-the-sender', cookie: 'session=of-the-sender', 'x-request-id': 'r1'}});
    const {headers} = await sender.receipt(receipt);
    assert.equal(headers['x-request-id'], 'r1');
    for (const name of ['authorization', 'cookie']) assert.doesNotMatch(headers[name], /of-the-sender/);
  });

  test('Released as it is while it is still bad, it stays, and says what is wrong', async () => {
    const body = bad();
    const id = await setAside(body);
    const before = await written(suite.api);
    const problem = (await release(id, undefined, {status: 422})).body;
    assert.equal(problem.field, 'email');
    assert.deepEqual([(await sender.receipt(id)).resolution, await written(suite.api)], [null, before]);
    await suite.api.get(`/v1/contacts/${body.id}`, {status: 404});
  });

  test('Edited and released, it is applied as of when it came, and both receipts tell of each other', async () => {
    const body = bad();
    const id = await setAside(body);
    const mended = {...body, email: 'raya@example.com'};
    const answer = (await release(id, {json: [mended]})).body;
    assert.equal(answer.verdict, 'accepted');
    assert.equal((await contact(suite.api, body.id)).email, 'raya@example.com');
    const [old, made] = [await sender.receipt(id), await sender.receipt(answer.receipt)];
    assert.deepEqual({...old.resolution, at: 0, by: 0}, {state: 'released', at: 0, by: 0, edited: true, receipt: answer.receipt});
    assert.match(old.resolution.by, /^key:/);
    assert.deepEqual([old.verdict, old.body, made.releases, made.body], ['quarantined', JSON.stringify(body), id, JSON.stringify([mended])]);
    assert.equal(made.at, old.at);
    const [change] = (await suite.api.get(`/v1/contacts/${body.id}/changes`)).body.changes;
    assert.deepEqual([change.receipt, change.source], [answer.receipt, `source:${sender.id}`]);
    assert.ok(!(await waiting()).includes(id));
  });

  test('A text can be released in place of what came, too', async () => {
    const id = await setAside('{"id": 5, broken');
    const answer = (await release(id, {body: JSON.stringify(update({id: 777}))})).body;
    assert.equal(answer.items[0].record.id, 777);
  });

  test('What came under another type can be mended as JSON', async () => {
    const form = await Sender.create(suite.api, {format: 'form', verifier: 'none', mapping: {fields: {phone: 'phone'}}});
    const {receipt} = await form.says('quarantined', 'phone=none', {type: 'application/x-www-form-urlencoded'});
    assert.equal((await release(receipt, {json: {phone: newPhone()}})).body.verdict, 'accepted');
  });

  test('What is newer meanwhile is not overwritten by a release', async () => {
    const body = bad({firstName: 'Old'});
    const id = await setAside(body);
    await sender.says('accepted', update({id: body.id, firstName: 'New'}));
    const answer = (await release(id, {json: {...body, email: 'late@example.com'}})).body;
    assert.equal(answer.verdict, 'stale');
    assert.deepEqual(flagsOf(answer), ['outrun firstName']);
    const now = await contact(suite.api, body.id);
    assert.deepEqual([now.firstName, now.email], ['New', 'late@example.com']);
  });

  test('The good items of a released request are not taken twice', async () => {
    const good = update(), wrong = bad();
    const id = await setAside([good, wrong]);
    const {items} = (await release(id, {json: [good, {...wrong, email: null}]})).body;
    assert.deepEqual(items.map(({verdict}) => verdict), ['duplicate', 'accepted']);
    assert.equal((await contact(suite.api, good.id)).version, 1);
  });

  test('A release goes by what the source says now, and lets rules below reject pass', async () => {
    const rule = {name: 'Only leads that we know', condition: {'!!': [{var: 'before'}]}};
    const strict = await Sender.create(suite.api, {format: 'generic', verifier: 'none', validation: [rule], mapping: {id: '/id', fields: {phone: '/phone'}}});
    const held = await setAside({id: 'held', phone: newPhone()}, strict);
    assert.deepEqual(flagsOf((await release(held)).body), ['warning']);
    assert.equal((await lead(suite.api, 'held')).version, 1);
    const mapped = await setAside({id: 'mapped', tel: newPhone()}, strict);
    await suite.api.patch(`/v1/sources/${strict.id}`, {mapping: {id: '/id', fields: {phone: '/tel'}}});
    await release(mapped);
    assert.equal((await lead(suite.api, 'mapped')).version, 1);
  });

  test('The same body is set aside once, however often it comes', async () => {
    const body = bad();
    const id = await setAside(body);
    const {items} = await sender.says('duplicate', body);
    assert.equal(items[0].receipt, id);
  });

  test('A decision is made once, also when two people decide at the same moment', async () => {
    const [released, dropped] = [await setAside(bad({email: 'nobody'})), await setAside()];
    await release(released, {json: update()});
    await drop(dropped);
    for (const id of [released, dropped]) {
      for (const again of [() => release(id, {json: update()}, {status: 409}), () => drop(id, {status: 409})]) {
        const {body} = await again();
        assert.equal(body.type, 'urn:deltapost:problem:conflict');
        assert.ok(body.detail.includes(id), body.detail);
      }
    }
    await inParallel(20, 4, async () => {
      const id = await setAside();
      const others = Array.from({length: 3}, () => ({json: update()}));
      const answers = await Promise.all([...others.map((body) => release(id, body, {status: undefined})), drop(id, {status: undefined})].map((p) => p.then(({status}) => status, (error) => Number(/got (\d+)/.exec(error.message)[1]))));
      assert.equal(answers.filter((status) => status < 300).length, 1, `${answers}`);
      assert.equal(answers.filter((status) => status === 409).length, 3, `${answers}`);
      const made = await Promise.all(others.map(({json}) => suite.api.get(`/v1/contacts/${json.id}`, {status: undefined}).then(() => 1, () => 0)));
      assert.equal(made.reduce((a, b) => a + b), (await sender.receipt(id)).resolution.state === 'released' ? 1 : 0);
    });
  });

  test('What was dropped stays to be read, and changed nothing', async () => {
    const body = bad();
    const id = await setAside(body);
    await drop(id);
    const {resolution, verdict, body: kept} = await sender.receipt(id);
    assert.deepEqual([resolution.state, verdict, kept], ['dropped', 'quarantined', JSON.stringify(body)]);
    await suite.api.get(`/v1/contacts/${body.id}`, {status: 404});
  });

  test('Only what is quarantined can be decided', async () => {
    const {receipt} = await sender.says('accepted', update());
    assert.match((await release(receipt, undefined, {status: 409})).body.detail, /accepted.*quarantined/);
    await drop(receipt, {status: 409});
    for (const id of ['rc_999999', 'rc_0', 'rc_x', '7', 'rc_99999999999999999999']) {
      await suite.api.get(`/v1/receipts/${id}`, {status: 404});
      await release(id, undefined, {status: 404});
      await drop(id, {status: 404});
    }
    const gone = await Sender.create(suite.api, {format: 'iclosed', verifier: 'none'});
    const [left, other] = [await setAside(bad(), gone), await setAside(bad(), gone)];
    await suite.api.delete(`/v1/sources/${gone.id}`, {status: 204});
    assert.match((await release(left, undefined, {status: 409})).body.detail, /deleted/);
    await drop(left);
    assert.equal((await sender.receipt(other)).verdict, 'quarantined');
  });

  test('Several are decided at once, each with a result of its own', async () => {
    const bulk = await Sender.create(suite.api, {format: 'iclosed', verifier: 'none', validation: [{name: 'Known', condition: {'!!': [{var: 'before'}]}}]});
    const one = (more) => setAside(update(more), bulk);
    const [first, second, third] = [await one(), await one({email: 'nobody'}), await one()];
    const {results} = (await suite.api.post('/v1/receipts/release', {ids: [first, second, 'rc_888888', third]})).body;
    assert.deepEqual(results.map(({id, verdict}) => [id, verdict]), [[first, 'accepted'], [second, undefined], ['rc_888888', undefined], [third, 'accepted']]);
    assert.match(results[1].error, /address|@/);
    const more = [await one(), await one()];
    assert.deepEqual(await waiting(bulk), [...more].reverse().concat(second));
    const dropped = (await suite.api.post('/v1/receipts/drop', {source: bulk.id})).body.results;
    assert.deepEqual(dropped, [second, ...more].map((id) => ({id, verdict: 'dropped'})));
    assert.deepEqual(await waiting(bulk), []);
    assert.deepEqual((await suite.api.post('/v1/receipts/release', {source: bulk.id})).body.results, []);
    for (const [input, field] of [[{}, 'ids'], [{ids: [first], source: bulk.id}, 'ids'], [{ids: []}, 'ids'], [{ids: ['7']}, 'ids.0'], [{source: 7}, 'source'],
      [{ids: Array(101).fill(first)}, 'ids']]) {
      assert.equal((await suite.api.post('/v1/receipts/drop', input, {status: 422})).body.field, field);
    }
    for (const input of [{body: 7}, {json: 1, body: 'x'}, {text: 'x'}]) await release(second, input, {status: 422});
  });

  test('All that waits of a source is decided a hundred at a time, each time further', async () => {
    const many = await Sender.create(suite.api, {format: 'iclosed', verifier: 'none'});
    const held = [];
    for (let i = 0; i < 103; i++) held.push(await setAside(bad(), many));
    const decide = async (what, input) => (await suite.api.post(`/v1/receipts/${what}`, {source: many.id, ...input})).body;
    const first = await decide('release');
    assert.deepEqual([first.results.map(({id}) => id), first.left], [held.slice(0, 100), 3]);
    assert.ok(first.results.every(({error}) => error), 'they are as bad as before');
    const further = await decide('release', {after: held[99]});
    assert.deepEqual([further.results.map(({id}) => id), further.left], [held.slice(100), 0]);
    assert.deepEqual((await decide('drop')).left, 3);
    assert.deepEqual((await decide('drop', {after: held[101]})).results, [{id: held[102], verdict: 'dropped'}]);
    assert.deepEqual(await waiting(many), [held[101], held[100]]);
    for (const [input, field] of [[{source: many.id, after: 7}, 'after'], [{source: many.id, after: '12'}, 'after'], [{after: held[0]}, 'ids'], [{ids: [held[0]], after: held[0]}, 'ids']]) {
      assert.equal((await suite.api.post('/v1/receipts/release', input, {status: 422})).body.field, field);
    }
  });

  test('The list filters by source, verdict and time, in both directions, page by page', async () => {
    const own = await Sender.create(suite.api, {format: 'iclosed', verifier: 'none'});
    const body = update(), made = [(await own.says('accepted', body)).receipt, (await own.says('duplicate', body)).receipt, await setAside(bad(), own)];
    assert.deepEqual((await own.receipts()).map(({id}) => id), [...made].reverse());
    assert.deepEqual((await own.receipts('&order=asc')).map(({id}) => id), made);
    assert.deepEqual((await own.receipts('&verdict=duplicate')).map(({id}) => id), [made[1]]);
    const {at} = await sender.receipt(made[2]);
    const next = new Date(Date.parse(at) + 1).toISOString();
    assert.ok((await own.receipts(`&since=${at}`)).some(({id}) => id === made[2]));
    assert.deepEqual(await own.receipts(`&since=${next}`), []);
    assert.equal((await own.receipts(`&until=${next}`)).length, 3);
    const paged = [];
    for (let token = '';;) {
      const page = (await suite.api.get(`/v1/receipts?source=${own.id}&limit=1${token}`)).body;
      paged.push(...page.receipts.map(({id}) => id));
      if (page.nextToken === null) break;
      token = `&nextToken=${encodeURIComponent(page.nextToken)}`;
    }
    assert.deepEqual(paged, [...made].reverse());
    for (const [query, field] of [['verdict=good', 'verdict'], ['unresolved=yes', 'unresolved'], ['order=up', 'order'], ['since=noon', 'since'], ['until=x', 'until'], ['limit=501', 'limit'], ['nextToken=x', 'nextToken'], ['kind=lead', 'kind']]) {
      assert.equal((await suite.api.get(`/v1/receipts?${query}`, {status: 422})).body.field, field);
    }
  });

  test('Poison does not stop a source: between nasty bodies the good ones are taken', async () => {
    const deep = '['.repeat(5000) + ']'.repeat(5000);
    const nasty = ['null', '7', '"text"', '[]', '[[]]', '[null]', deep, '{"id":1e400,"updatedAt":"x"}', `{"id":${'9'.repeat(400)},"updatedAt":"${tick()}"}`, '{"id":-1}', '{"id":1.5,"updatedAt":"x"}', '\u0000', '{"\\u0000":1}', '{"":{"":""}}',
      JSON.stringify(update({tracking: {['k'.repeat(5000)]: 'x'}})), JSON.stringify(update({latestCall: JSON.parse('['.repeat(20) + ']'.repeat(20))})), JSON.stringify(update({updatedAt: '9999-12-31T23:59:59Z'})),
      JSON.stringify(update({questionsAndAnswers: {'99999_question': 'x', '0_response': 'y'}})), JSON.stringify(update({updatedAttributes: {a: 1}, hookType: 7})), JSON.stringify(update({event: 'x', tracking: 5}))];
    for (const body of nasty) {
      const answer = (await sender.send(body)).body;
      assert.ok(['quarantined', 'accepted'].includes(answer.verdict), `${body.slice(0, 80)}: ${JSON.stringify(answer)}`);
      const reasons = [answer.reason, ...(answer.items ?? []).map(({reason}) => reason)].filter(Boolean);
      assert.ok(reasons.every((reason) => !/could not process/.test(reason)), JSON.stringify(answer));
      await sender.says('accepted', update());
    }
  });
});
