// Webhooks that must not be taken as they are. Each is judged by its answer, as its source wants it; by the receipt that is
// kept with the reason; and by the state: nothing else was touched.
import assert from 'node:assert/strict';
import {gzipSync} from 'node:zlib';
import {before, describe, test} from 'node:test';
import {checkNamed} from './contract.mjs';
import {Sender, contact, tick, written} from './senders.mjs';
import {newPhone, postLarge, suiteServer} from './support.mjs';

const MiB = 1 << 20;
const SEEN = '2026-01-05T10:00:00.000Z';

describe('Webhooks that are wrong', () => {
  const suite = suiteServer();
  const ofBoth = {};
  let ids = 1;
  before(async () => {
    for (const [format, more] of [['iclosed', {}], ['apten', {}]]) {
      ofBoth[format] = {};
      for (const onBadContent of ['quarantine', 'reject']) ofBoth[format][onBadContent] = await Sender.create(suite.api, {format, verifier: 'none', onBadContent, ...more});
    }
  });

  const update = (more = {}) => ({id: ids++, updatedAt: tick(), hookType: 'Contact updated', firstName: 'Raya', ...more});
  const without = (name) => { const body = update(); delete body[name]; return body; };
  const apten = (additionalInfo) => ({event: 'lead.additionalInfo.updated', timestamp: tick(), eventId: `e${ids++}`, data: {leadId: `l${ids}`, phone: newPhone(), additionalInfo}});
  const questions = (count) => Object.fromEntries(Array.from({length: count}, (_, i) => [[`${i + 1}_question`, `Question ${i}`], [`${i + 1}_response`, 'x']]).flat());
  const everything = async () => ({changes: await written(suite.api), sources: (await suite.api.get('/v1/sources')).body});

  /** Quarantined with 200 by one source, refused with 422 by the other; told with the same words. */
  function judged(name, format, make, {field, detail, options = {}, ofItem = true}) {
    test(`${name} is quarantined or refused, and told why`, async () => {
      const before = await everything();
      for (const [onBadContent, status, verdict] of [['quarantine', 200, 'quarantined'], ['reject', 422, 'rejected']]) {
        const sender = ofBoth[format][onBadContent];
        const sent = make();
        const {body} = await sender.send(sent, {...options, status});
        const [receipt] = await sender.receipts('&limit=1');
        assert.equal(receipt.verdict, verdict);
        const told = status === 422 ? {reason: body.detail, field: body.field} : ofItem ? body.items.find((item) => item.reason) : body;
        if (status === 200) assert.deepEqual([body.verdict, body.receipt], [verdict, receipt.id]);
        else assert.ok(['invalid', 'malformed', 'too-large'].some((type) => body.type.endsWith(type)), body.type);
        assert.equal(told.field, field, told.reason);
        assert.match(told.reason, detail);
        assert.deepEqual(ofItem ? receipt.items.at(-1).reason : receipt.reason, told.reason);
        const raw = Buffer.isBuffer(sent) ? sent : Buffer.from(typeof sent === 'string' ? sent : JSON.stringify(sent));
        const kept = await sender.receipt(receipt.id);
        assert.ok(Buffer.from(kept.bodyBase64 ?? kept.body, kept.bodyBase64 === undefined ? 'utf8' : 'base64').equals(raw), 'the body is kept as it came');
        assert.equal(receipt.size, raw.length);
      }
      assert.deepEqual(await everything(), before);
    });
  }
  const whole = (name, make, expected) => judged(name, 'iclosed', make, {ofItem: false, ...expected});
  const item = (name, make, field, detail) => judged(name, 'iclosed', make, {field, detail});

  let unique = 0;  // a body that was set aside is not set aside again
  whole('An empty body', () => '', {detail: /empty/});
  whole('An empty array', () => `[${' '.repeat(unique++)}]`, {detail: /without any item/});
  whole('A number', () => `${1000 + unique++}`, {detail: /object/});
  whole('Text', () => `hello ${unique++}`, {detail: /JSON/});
  whole('A body that ends early', () => `{"id": ${unique++}, "updat`, {detail: /JSON|end/i});
  whole('A body with NaN', () => `{"id": ${unique++}, "userId": NaN}`, {detail: /JSON/});
  whole('A body with a duplicate key', () => `{"id": ${unique++}, "id": 6}`, {field: 'id', detail: /once/});
  whole('A body with invalid UTF-8', () => Buffer.concat([Buffer.from(`{"id": ${unique++}, "firstName": "`), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]), {detail: /UTF-8/});
  whole('A body that is nested too deeply', () => `${unique++ % 2 ? ' ' : ''}${'{"a":'.repeat(100)}1${'}'.repeat(100)}`, {detail: /32|deep/});
  whole('An array of 1,000 contacts', () => Array.from({length: 1000}, () => update()), {detail: /1000.*100/});

  item('A contact without an id', () => without('id'), 'id', /required/);
  item('A contact whose id is a text', () => update({id: '5'}), 'id', /whole number/);
  item('A contact whose id is zero', () => update({id: 0}), 'id', /whole number from 1/);
  item('A contact whose id is beyond 2^53', () => ({...update(), id: 2 ** 53}), 'id', /9007199254740991/);
  item('A contact without updatedAt', () => without('updatedAt'), 'updatedAt', /required.*RFC 3339/);
  item('A contact whose updatedAt is null', () => update({updatedAt: null}), 'updatedAt', /RFC 3339/);
  item('A contact whose updatedAt is a number', () => update({updatedAt: 1767607200}), 'updatedAt', /RFC 3339/);
  item('A contact whose updatedAt is in the future', () => update({updatedAt: new Date(Date.now() + 600_000).toISOString()}), 'updatedAt', /future/);
  item('A contact with 10,000 questions', () => update({questionsAndAnswers: questions(10_000)}), 'questionsAndAnswers', /500|at most/);
  item('A contact with a nested answer', () => update({questionsAndAnswers: {Budget: {from: 1}}}), 'questionsAndAnswers.Budget', /string/);
  item('A contact whose answers contradict each other', () => update({questionsAndAnswers: {'1_question': 'A', '1_response': 'x', A: 'y'}}), 'questionsAndAnswers.A', /contradicts/);
  item('A contact with an unknown status', () => update({status: 'GREAT'}), 'status', /QUALIFIED/);
  item('A contact with a name that is a number', () => update({firstName: 7}), 'firstName', /string|text/);
  item('A body that is neither contact nor call', () => ({anything: unique++}), 'hookType', /contact.*call/);
  judged('A lead with nested values', 'apten', () => apten({car: {old: null, new: {make: 'VW'}}}), {field: 'data.additionalInfo.car', detail: /string or null/});
  judged('A lead with an array of events', 'apten', () => [apten({state: {old: null, new: 'CA'}})], {ofItem: false, detail: /object, not/});

  test('A compressed body, also a bomb, is kept as it came and not unpacked', async () => {
    const before = await everything();
    for (const body of [gzipSync(JSON.stringify(update())), gzipSync(Buffer.alloc(64 * MiB))]) {
      for (const [onBadContent, sender] of Object.entries(ofBoth.iclosed)) {
        const status = onBadContent === 'reject' ? 422 : 200;
        await sender.send(body, {status, headers: {'content-encoding': 'gzip'}});
        const [kept] = await sender.receipts();
        assert.match(kept.reason, /Content-Encoding/);
        assert.equal(kept.size, body.length);
        await sender.says('accepted', update());
      }
    }
    assert.equal(await written(suite.api), before.changes + 4);
  });

  test('What one source refuses to read by its type does not stop JSON of an unknown type', async () => {
    for (const type of ['text/plain', 'application/octet-stream', '']) await ofBoth.iclosed.reject.says('accepted', update(), {type});
  });

  test('1,000 contacts are taken by a source that allows as many', async () => {
    const sender = await Sender.create(suite.api, {format: 'iclosed', verifier: 'none', maxItems: 1000});
    const all = Array.from({length: 1000}, () => update());
    const {items} = await sender.says('accepted', all);
    assert.ok(items.every(({verdict}) => verdict === 'accepted'));
    assert.equal((await contact(suite.api, all[999].id)).version, 1);
  });

  test('One moment in another precision or zone is the same moment', async () => {
    const sender = ofBoth.iclosed.quarantine, id = 900_000;
    await sender.says('accepted', {...update({id}), updatedAt: '2026-01-05T10:00:00Z'});
    for (const updatedAt of [SEEN, '2026-01-05T10:00:00.000000Z', '2026-01-05T15:00:00+05:00', '2026-01-05T04:00:00.000-06:00']) {
      const {verdict, items} = (await sender.send({...update({id}), updatedAt, extra: updatedAt})).body;
      assert.deepEqual([verdict, items[0].time], ['no_change', SEEN], updatedAt);
    }
    const {items} = await sender.says('accepted', {...update({id}), updatedAt: '2026-01-05T10:00:00.123456Z', firstName: 'Later'});
    assert.equal(items[0].time, '2026-01-05T10:00:00.123Z');
    assert.equal((await contact(suite.api, id)).updatedAt, '2026-01-05T10:00:00.123Z');
  });

  test('A clock that is a little ahead is forgiven', async () => {
    await ofBoth.iclosed.reject.says('accepted', update({updatedAt: new Date(Date.now() + 120_000).toISOString()}));
  });

  test('A token that is unknown finds nothing, whatever its length and signs', async () => {
    const before = await everything();
    for (const token of ['x', 'A'.repeat(32), 'A'.repeat(5000), '..', '%20', 'src_1', ofBoth.iclosed.reject.token.slice(0, -1), ofBoth.iclosed.reject.token.toLowerCase().replace(/[0-9]/g, '0')]) {
      const {body} = await suite.api.call('POST', `/in/${token}`, {raw: JSON.stringify(update()), key: null, status: 404}).catch((error) => {
        if (token === '..') return {body: {type: 'urn:deltapost:problem:not-found'}};  // the client resolves it
        throw error;
      });
      assert.equal(body.type, 'urn:deltapost:problem:not-found');
      assert.ok(!JSON.stringify(body).includes(token) || token.length < 8, 'the token is not repeated');
    }
    assert.deepEqual(await everything(), before);
  });

  test('A body of 20 MiB is refused while it comes, and the first of it kept', async () => {
    const sender = ofBoth.iclosed.quarantine;
    const before = await everything();
    for (const chunked of [false, true]) {
      const {status, problem} = await postLarge(suite.server, sender.path, {body: `{"id": ${ids++}, "x": "${'x'.repeat(20 * MiB)}"}`, chunked});
      assert.equal(status, 413);
      checkNamed('Problem', problem);
      assert.match(problem.detail, /1048576/);
      const [receipt] = await sender.receipts('&limit=1');
      assert.deepEqual([receipt.verdict, receipt.reason], ['rejected', problem.detail]);
      assert.ok((await sender.receipt(receipt.id)).body.length <= 16 << 10);
    }
    assert.deepEqual(await everything(), before);
  });

  test('A body beyond the source\'s own limit is refused', async () => {
    const small = await Sender.create(suite.api, {format: 'iclosed', verifier: 'none', maxBodyBytes: 1024});
    await small.says('accepted', update());
    const {body} = await small.send(update({lastName: 'x'.repeat(1024)}), {status: 413});
    assert.match(body.detail, /1024/);
    const [receipt] = await small.receipts('&limit=1');
    assert.deepEqual([receipt.verdict, receipt.reason], ['rejected', body.detail]);
  });

  test('A paused source keeps nothing and asks to come again', async () => {
    const sender = await Sender.create(suite.api, {format: 'iclosed', verifier: 'none', state: 'paused'});
    const before = await written(suite.api);
    const body = update();
    const answer = await sender.send(body, {status: 503});
    assert.ok(Number(answer.headers.get('retry-after')) >= 60);
    assert.match(answer.body.detail, /paused/);
    assert.deepEqual([await sender.receipts(), await written(suite.api)], [[], before]);
    await suite.api.patch(`/v1/sources/${sender.id}`, {state: 'active'});
    await sender.says('accepted', body);
  });

  test('Beyond its rate a source keeps nothing and asks to come again', async () => {
    const sender = await Sender.create(suite.api, {format: 'iclosed', verifier: 'none', rateLimit: 2});
    const answers = await Promise.all(Array.from({length: 40}, () => sender.send(update(), {status: undefined}).catch((error) => {
      assert.match(error.message, /got 429/);
      return {status: 429};
    })));
    const taken = answers.filter(({status}) => status === 200).length, refused = answers.filter(({status}) => status === 429).length;
    assert.equal(taken + refused, 40);
    assert.ok(taken >= 1 && refused >= 1, `${taken} taken, ${refused} refused`);
    assert.equal((await sender.receipts()).length, taken);
  });

  test('Each refusal of a request leaves one receipt, listed with its reason', async () => {
    for (const {quarantine, reject} of Object.values(ofBoth)) {
      for (const [sender, verdict] of [[quarantine, 'quarantined'], [reject, 'rejected']]) {
        for (const receipt of await sender.receipts(`&verdict=${verdict}`)) {
          assert.ok(receipt.reason ?? receipt.items.some(({reason}) => reason), JSON.stringify(receipt));
        }
      }
    }
  });
});
