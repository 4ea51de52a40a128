// What any receiver of webhooks has to get right, in sixteen situations. Each is judged by the answer and, through the
// read-only observer, by the state: how often an event was received and processed, what a field holds, and how it came to.
// Other builds can be judged too: DELTAPOST_BIN names the program.
import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {after, before, describe, test} from 'node:test';
import {FIELD, Restarting, SIGNED, UNDATED, again, created, event, head, newLead, write} from './conformance.mjs';
import {Observer} from './observer.mjs';
import {Sender, written} from './senders.mjs';
import {Client, Server, eventually, inParallel, newPhone, run, suiteServer, temporaryFolder, within} from './support.mjs';

describe('A receiver of webhooks', () => {
  const suite = suiteServer();
  let sender, undated, observer;
  before(async () => {
    observer = Observer.start(undefined, {server: suite.server, key: suite.api.key});
    sender = await Sender.create(suite.api, SIGNED);
    undated = await Sender.create(suite.api, UNDATED);
  });
  after(() => observer?.stop());

  /** What was received of an event, and what its lead has come to; `state` undefined: there is no such lead. */
  async function holds(sent, verdicts, state, transitions, by = sender) {
    assert.deepEqual((await observer.verdicts(sent.eventId ?? sent.event, by)).sort(), [...verdicts].sort());
    const id = sent.data?.leadId ?? sent.lead;
    assert.equal(await observer.field(id, FIELD), state);
    if (state !== undefined) assert.deepEqual(await observer.transitions(id, FIELD), transitions);
  }
  /** Refused, and as if it had not come; sent as it should be, it is taken. */
  async function refused(sent, options, detail) {
    const answer = await sender.send(options.body ?? sent, {...options, status: 401});
    assert.match(answer.body.detail, detail);
    await holds(sent, [], undefined);
  }
  async function takenAfterAll(sent, by = sender) {
    await by.says('accepted', sent);
    await holds(sent, ['accepted'], 'CA', [[null, 'CA']], by);
  }

  test('takes what is valid, once', async () => {
    const who = newLead(), first = created(who), second = event(who, 'CA', 'NV');
    await sender.says('accepted', first);
    await holds(first, ['accepted'], 'CA', [[null, 'CA']]);
    await sender.says('accepted', second);
    await holds(second, ['accepted'], 'NV', [[null, 'CA'], ['CA', 'NV']]);
  });

  test('checks the signature over the bytes that came, however they are spelt', async () => {
    const who = newLead(), sent = created(who);
    const spelt = JSON.stringify(sent, null, 3).replace('"CA"', '"\\u0043\\u0041"').replace('"event"', '"\\u0065vent" ').replace(/}$/, ', "n": [1.0, 1e2, -0, 0.10]\r\n\t}\n ');
    await sender.says('accepted', spelt);
    await holds(sent, ['accepted'], 'CA', [[null, 'CA']]);
  });

  test('takes the event of another sender for another, also under the same id', async () => {
    const other = await Sender.create(suite.api, SIGNED), first = created(), second = {...created(), eventId: first.eventId};
    for (const [by, sent] of [[sender, first], [other, second]]) {
      await by.says('accepted', sent);
      await holds(sent, ['accepted'], 'CA', [[null, 'CA']], by);
    }
  });

  test('takes a duplicate as one, also when the state has moved on', async () => {
    const sent = created();
    await sender.says('accepted', sent);
    for (let copies = 2; copies <= 4; copies++) {
      await sender.says('duplicate', sent);
      await holds(sent, ['accepted', ...again(copies - 1, 'duplicate')], 'CA', [[null, 'CA']]);
    }
    const {leadId: lead, phone} = newLead();
    const [first, second] = ['CA', 'NV'].map((state) => ({event: randomUUID(), lead, phone, state}));
    await undated.says('accepted', first);
    await undated.says('accepted', second);
    await undated.says('duplicate', first);
    await holds(first, ['accepted', 'duplicate'], 'NV', [[null, 'CA'], ['CA', 'NV']], undated);
  });

  test('takes one of many duplicates that come at once', async () => {
    for (const by of [sender, undated]) {
      await inParallel(12, 2, async () => {
        const who = newLead();
        const sent = by === sender ? created(who) : {event: randomUUID(), lead: who.leadId, phone: who.phone, state: 'CA'};
        const verdicts = await Promise.all(Array.from({length: 12}, async () => (await by.send(sent)).body.verdict));
        assert.deepEqual(verdicts.sort(), ['accepted', ...again(11, 'duplicate')]);
        await holds(sent, verdicts, 'CA', [[null, 'CA']], by);
      });
    }
  });

  test('lets nothing that is late overwrite what is newer', async () => {
    const who = newLead();
    const sent = [created(who), event(who, 'CA', 'NV'), event(who, 'NV', 'TX')];
    await sender.says('accepted', sent[2]);
    await sender.says('stale', sent[1]);
    await sender.says('stale', sent[0]);
    for (const [i, verdict] of ['stale', 'stale', 'accepted'].entries()) await holds(sent[i], [verdict], 'TX', [[null, 'TX']]);
  });

  test('knows a retry of a sender who gave up before the answer', async () => {
    await inParallel(16, 4, async (i) => {
      const sent = created(), raw = Buffer.from(JSON.stringify(sent));
      const socket = await write(suite.server, head(sender, {'Content-Length': raw.length, ...sender.sign(raw)}), raw);
      // Half give up once it is processed, without a look at the answer; half at once, whatever became of it.
      if (i % 2) await eventually(() => observer.verdicts(sent.eventId, sender), ({length}) => length === 1, 'the first try');
      socket.destroy();
      const {verdict} = (await sender.send(sent)).body;
      if (i % 2) assert.equal(verdict, 'duplicate');
      await eventually(() => observer.verdicts(sent.eventId, sender), ({length}) => length === 2 || verdict === 'accepted', 'both tries');
      await sender.says('duplicate', sent);
      const verdicts = await observer.verdicts(sent.eventId, sender);
      await holds(sent, ['accepted', ...again(verdicts.length - 1, 'duplicate')], 'CA', [[null, 'CA']]);
    });
  });

  test('refuses what is not signed', async () => {
    const sent = created();
    await refused(sent, {signed: false}, /webhook-id|signature/i);
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      const headers = sender.sign(Buffer.from(JSON.stringify(sent)));
      delete headers[name];
      await refused(sent, {signed: false, headers}, new RegExp(name));
    }
    await takenAfterAll(sent);
  });

  test('refuses a signature that is malformed', async () => {
    const sent = created(), good = sender.sign(Buffer.from(JSON.stringify(sent)))['webhook-signature'];
    for (const signature of ['v1,', 'v1', 'hello', 'v1,!!!!', good.slice(0, -8), good.slice(3), good.replace('v1', 'v2'), good.replace(',', ';'), `v1,${'A'.repeat(5000)}`, Array(500).fill('v1,AAAA').join(' ')]) {
      await refused(sent, {headers: {'webhook-signature': signature}}, /signature/i);
    }
    for (const timestamp of ['', 'now', '-1', '1e9', '99999999999999999999']) await refused(sent, {headers: {'webhook-timestamp': timestamp}}, /timestamp/);
    await takenAfterAll(sent);
  });

  test('refuses a signature by another key', async () => {
    const sent = created(), other = await Sender.create(suite.api, SIGNED);
    await refused(sent, {signed: {secret: other.secret}}, /signature/i);
    await refused(sent, {signed: {secret: `whsec_${Buffer.alloc(24).toString('base64')}`}}, /signature/i);
    await takenAfterAll(sent);
  });

  test('refuses a signature of another time', async () => {
    const sent = created();
    for (const seconds of [-86_400, -305, -301, 310, 86_400]) await refused(sent, {signed: {at: Date.now() + 1000 * seconds}}, /timestamp|old|time/i);
    await sender.says('accepted', sent, {signed: {at: Date.now() - 240_000}});
    await holds(sent, ['accepted'], 'CA', [[null, 'CA']]);
  });

  test('refuses a body that was altered after it was signed, were it by a space', async () => {
    const sent = created(), raw = JSON.stringify(sent);
    const headers = sender.sign(Buffer.from(raw));
    for (const body of [raw.replace('CA', 'NV'), raw.replace(':', ': '), `${raw}\n`, raw.replace('CA', '\\u0043A'), raw.slice(0, -1), `[${raw}]`, '']) {
      await refused(sent, {body, signed: false, headers}, /signature/i);
    }
    await takenAfterAll(sent);
  });

  test('sets a malformed body aside or refuses it, and applies nothing of it', async () => {
    const plain = {format: 'apten', verifier: 'apten'};
    const ruled = {...plain, validation: [{name: 'No Texas', condition: {'!=': [{var: 'after.additionalInfo.state'}, 'TX']}}]};
    const [lax, strict, careful, stern] = await Promise.all([plain, {...plain, onBadContent: 'reject'}, ruled, {...ruled, onBadContent: 'reject'}].map((input) => Sender.create(suite.api, input)));
    for (const [make, lenient, refusing] of [
      [(sent) => JSON.stringify(sent).slice(0, -2), lax, strict], [(sent) => `${JSON.stringify(sent)}}`, lax, strict], [(sent) => JSON.stringify(sent).replace('"CA"', 'NaN'), lax, strict],
      [(sent) => Buffer.from(JSON.stringify(sent).replace('CA', '\xff'), 'latin1'), lax, strict], [(sent) => ({...sent, data: {...sent.data, additionalInfo: {state: {old: null, new: {code: 'CA'}}}}}), lax, strict],
      [(sent) => ({...sent, data: {...sent.data, additionalInfo: {state: {old: null, new: 'TX'}}}}), careful, stern],
    ]) {
      for (const by of [lenient, refusing]) {
        const sent = created();
        const {body} = await by.send(make(sent), {status: by === lenient ? 200 : 422});
        if (by === lenient) assert.equal(body.verdict, 'quarantined');
        assert.equal(await observer.field(sent.data.leadId, FIELD), undefined);
        assert.ok((await observer.verdicts(sent.eventId, by)).every((verdict) => verdict !== 'accepted'));
        await by.says('accepted', sent);
        assert.deepEqual(await observer.transitions(sent.data.leadId, FIELD), [[null, 'CA']]);
      }
    }
  });

  test('reads a body whose type is malformed as its format says, or sets it aside', async () => {
    for (const type of ['', 'json', 'application/json; charset', 'text/html; =', ';;;']) {
      const sent = created();
      await sender.says('accepted', sent, {type});
      await holds(sent, ['accepted'], 'CA', [[null, 'CA']]);
    }
    const form = await Sender.create(suite.api, {format: 'form', verifier: 'standard', mapping: {fields: {phone: 'phone', [FIELD]: 'state'}}});
    const raw = new URLSearchParams({phone: newPhone(), state: 'CA'}).toString(), before = await written(suite.api), signed = {id: randomUUID()};
    let spaces = '';  // a body that was set aside is not set aside again
    for (const type of ['', 'form', 'text/plain', 'multipart/form-data', 'multipart/form-data; boundary=', 'application/x-www-form-urlencoded; charset=utf-16', 'application/json']) {
      await form.says('quarantined', `${raw}${spaces += '+'}`, {type, signed});
      assert.deepEqual([await observer.verdicts(signed.id, form), await written(suite.api)], [[], before], type);
    }
    const {items: [{record}]} = await form.says('accepted', raw, {type: 'application/x-www-form-urlencoded', signed});
    await holds({eventId: signed.id, lead: record.id}, ['accepted'], 'CA', [[null, 'CA']], form);
  });

  test('takes nothing of a body whose sender crashed on the way', async () => {
    const all = Array.from({length: 8}, () => created());
    for (const [i, sent] of all.entries()) {
      const raw = Buffer.from(JSON.stringify(sent));
      // What has come by then is half of a body, or a whole document that is signed, of a body that was to be longer.
      const part = i % 2 ? raw : raw.subarray(0, raw.length / 2), signature = sender.sign(part);
      const socket = i % 4 < 2 ? await write(suite.server, head(sender, {'Content-Length': raw.length + 1, ...signature}), part)
        : await write(suite.server, head(sender, {'Transfer-Encoding': 'chunked', ...signature}), `${part.length.toString(16)}\r\n`, part, '\r\n');
      if (i < 4) socket.destroy();
      else await within(new Promise((resolve) => socket.on('close', resolve).resume().end()), 'the end of the connection');
    }
    for (const sent of all) await holds(sent, [], undefined);
    for (const sent of all) await takenAfterAll(sent);
  });

  test('shows no secret in its log, its answers or its receipts', async (t) => {
    const server = await Server.start(temporaryFolder(t), {args: ['--log-level', 'debug']});
    t.after(() => server.stop('SIGKILL'));
    const key = await server.adminKey(), api = new Client(server, key), shown = [];
    const senders = [await Sender.create(api, SIGNED), await Sender.create(api, {format: 'apten', verifier: {scheme: 'token', header: 'X-Shop-Token'}}), await Sender.create(api, {format: 'apten', verifier: {scheme: 'token', parameter: 'pass'}})];
    const carried = {authorization: 'Bearer carried-in-authorization', 'proxy-authorization': 'Basic carried-by-proxy', cookie: 'session=carried-in-cookie', 'x-api-key': 'carried-as-api-key'};
    const watching = Observer.start(t, {server, key});
    for (const by of senders) {
      const sent = created();
      shown.push(await by.send(sent, {headers: carried}), await by.send(sent, {headers: carried}));
      shown.push(await by.send(`${JSON.stringify(sent)}}`, {headers: carried}), await by.send(sent, {headers: carried, signed: {secret: `whsec_${Buffer.from('a-guessed-secret-of-x').toString('base64')}`}, status: 401}));
      assert.deepEqual(await watching.verdicts(sent.eventId, by), ['accepted', 'duplicate']);
      assert.deepEqual([await watching.field(sent.data.leadId, FIELD), await watching.transitions(sent.data.leadId, FIELD)], ['CA', [[null, 'CA']]]);
      for (const {id} of await by.receipts()) shown.push(await api.get(`/v1/receipts/${id}`));
    }
    assert.equal((await server.stop()).code, 0);
    const log = server.output.replace(`admin key: ${key}`, '');  // told once, at the first start
    assert.match(log, /receipt/);
    const secrets = [key, ...senders.flatMap(({token, secret}) => [token, secret, secret.replace('whsec_', '')]), ...Object.values(carried).map((value) => /carried[a-z-]+/.exec(value)[0])];
    for (const [where, text] of [['log', log], ...shown.map(({text}) => ['answer', text])]) {
      for (const secret of secrets) assert.ok(!text.includes(secret), `the ${where} shows ${secret}: ${text.slice(0, 4000)}`);
    }
  });

  test('is watched by an observer that says what is wrong with a question', async () => {
    for (const [question, error] of [
      ['{"event"', /JSON/], ['[]', /object/], ['{}', /event.*kind/], ['{"kind": "lead"}', /id/], ['{"kind": "endpoint", "id": "x"}', /lead.*contact/],
      [{kind: 'lead', id: 'nobody', transitions: FIELD}, /404/], [{kind: 'lead', id: 'nobody', transitions: 'a\\b'}, /backslash/],
    ]) assert.match((await observer.ask(question)).error ?? '', error, JSON.stringify(question));
    for (const nothing of [{event: 'nothing'}, {event: 'nothing', source: 'src_nobody'}]) assert.deepEqual(await observer.ask(nothing), {receipts: 0, processed: 0, verdicts: []});
    for (const id of ['nobody', 'no body', 'b?c=d#é']) assert.deepEqual(await observer.ask({kind: 'lead', id, field: FIELD}), {exists: false});
    const {id} = (await suite.api.post('/v1/contacts', {firstName: 'Raya'})).body.data.contact;
    assert.deepEqual(await observer.ask({kind: 'contact', id, field: 'firstName'}), {exists: true, version: 1, value: 'Raya'});
    await suite.api.patch(`/v1/contacts/${id}`, {firstName: null});
    const {transitions} = await observer.ask({kind: 'contact', id: String(id), transitions: 'firstName'});
    assert.deepEqual(transitions.map(({at, ...step}) => step), [{new: 'Raya', version: 1}, {old: 'Raya', new: null, version: 2}]);
    assert.deepEqual(await observer.ask({kind: 'contact', id, field: 'firstName'}), {exists: true, version: 2, value: null});
    const {status, stderr} = run('observe', '--url', suite.server.url);
    assert.deepEqual([status, /no API key/.test(stderr)], [1, true]);
  });
});

describe('A receiver of webhooks that ends', () => {
  const once = async ({observer, sender}, sent, copies = 0) => {
    const verdicts = await observer.verdicts(sent.eventId, sender);
    assert.deepEqual(verdicts.sort(), ['accepted', ...again(Math.max(copies, verdicts.length) - 1, 'duplicate')], JSON.stringify(sent));
    assert.deepEqual(await observer.transitions(sent.data.leadId, FIELD), [[null, 'CA']]);
  };

  test('takes after a refused connection what is sent again', async (t) => {
    const it = await Restarting.start(t);
    await it.source();
    const sent = created();
    assert.equal((await it.server.stop()).code, 0);
    await assert.rejects(it.sender.send(sent), (error) => error.cause?.code === 'ECONNREFUSED');
    await it.again();
    assert.deepEqual(await it.observer.verdicts(sent.eventId, it.sender), []);
    await it.sender.says('accepted', sent);
    assert.equal(await it.observer.field(sent.data.leadId, FIELD), 'CA');
    await once(it, sent, 1);
    await it.isSound();
  });

  test('knows after a restart what came before it', async (t) => {
    const it = await Restarting.start(t);
    await it.source();
    const all = Array.from({length: 60}, () => created()), answered = new Set();
    let ended;
    await inParallel(all.length, 8, async (i) => {
      if (await it.post(all[i])) answered.add(i);
      if (answered.size >= 20) ended ??= it.server.stop('SIGTERM');
    });
    assert.equal((await ended).code, 0);
    await it.again();
    for (const i of answered) assert.equal(await it.observer.field(all[i].data.leadId, FIELD), 'CA');
    for (const [i, sent] of all.entries()) {
      const verdict = await it.post(sent);
      if (answered.has(i)) assert.equal(verdict, 'duplicate');
      await once(it, sent, answered.has(i) ? 2 : 1);
    }
    await it.isSound();
  });

  test('loses nothing that it acknowledged in a crash, and takes each event once', async (t) => {
    const it = await Restarting.start(t);
    for (let round = 0; round < 4; round++) {
      await it.source();
      const all = Array.from({length: 64}, () => created()), answered = new Set();
      const deadline = 1 + Math.floor(Math.random() * 40);
      t.diagnostic(`round ${round}: killed with answer ${deadline}`);
      let ended;
      await inParallel(all.length, 8, async (i) => {
        const verdict = await it.post(all[i]);
        if (verdict) answered.add(i);
        if (answered.size >= deadline) ended ??= it.server.stop('SIGKILL');
      });
      assert.equal((await ended).signal, 'SIGKILL');
      await it.again();
      for (const i of answered) assert.equal(await it.observer.field(all[i].data.leadId, FIELD), 'CA', `event ${i} was acknowledged and is gone`);
      await inParallel(all.length, 8, async (i) => { if (!answered.has(i)) assert.ok(await it.post(all[i])); });
      for (const sent of all) await once(it, sent);
    }
    await it.isSound();
  });
});
