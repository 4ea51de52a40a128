// Sources as they are set up; what they take is tested in receiving_*.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {Sender, contact, lead} from './senders.mjs';
import {Client, Server, freshServer, inParallel, newPhone, run, suiteServer} from './support.mjs';

const WHSEC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const day = (until) => {
  const hours = (Date.parse(until) - Date.now()) / 3_600_000;
  assert.ok(hours > 23 && hours <= 24, until);
};

describe('Sources', () => {
  const suite = suiteServer();
  const create = (input = {}) => Sender.create(suite.api, {format: 'apten', verifier: 'apten', ...input});
  const event = () => ({event: 'message.received', timestamp: new Date().toISOString(), data: {phone: newPhone()}});

  test('A source is created from a format and a verifier, with the defaults of the document', async () => {
    const {body} = await suite.api.post('/v1/sources', {format: 'apten', verifier: 'apten'}, {status: 201});
    const {id, createdAt, updatedAt, ...rest} = body.source;
    assert.match(id, /^src_/);
    assert.deepEqual(rest, {
      name: null, description: null, format: 'apten', verifier: 'apten', mapping: null, onBadContent: 'quarantine',
      maxBodyBytes: 1048576, maxItems: 100, rateLimit: 0, validation: [], state: 'active', version: 1,
    });
    assert.match(body.token, /^[0-9A-Za-z]{32}$/);
    assert.equal(body.url, `${suite.server.url}/in/${body.token}`);
    assert.ok(body.secret.length >= 32);
    const read = await suite.api.get(`/v1/sources/${id}`);
    assert.deepEqual(read.body, body.source);
    assert.equal(read.headers.get('etag'), '"1"');
  });

  test('All that can be set is kept as it was set', async () => {
    const input = {
      name: 'Shop', description: 'Orders', format: 'generic', onBadContent: 'reject', maxBodyBytes: 2048, maxItems: 5, rateLimit: 50, state: 'paused',
      verifier: {scheme: 'hmac', header: 'X-Signature', algorithm: 'sha512', encoding: 'base64', prefix: 'v1='},
      mapping: {kind: 'contact', items: '/orders', eventId: 'header:X-Id', event: '/type', id: '/id', time: '/at', fields: {email: '/mail', 'tracking.utm_source': '/from~1to'}},
      validation: [{name: 'Known', kind: 'contact', event: 'paid', severity: 'warn', message: 'unknown', condition: {'!!': [{var: 'before'}]}},
        {name: 'Whole', severity: 'reject', schema: {type: 'object', required: ['id']}}],
      secret: 'of-the-shop',
    };
    const {source, secret} = await create(input);
    assert.equal(secret, input.secret);
    const {secret: given, ...shown} = input;
    assert.deepEqual(source, {...source, ...shown});
  });

  test('A proxy in front tells that the URL is https', async () => {
    const {body} = await suite.api.post('/v1/sources', {format: 'apten', verifier: 'none'}, {status: 201, headers: {'x-forwarded-proto': 'https'}});
    assert.match(body.url, /^https:/);
    assert.equal(body.secret, null);
  });

  test('Updates replace the members that are given, and what changes nothing makes no version', async () => {
    const {id} = await create({name: 'Apten', rateLimit: 9});
    const path = `/v1/sources/${id}`;
    const {body} = await suite.api.patch(path, {name: 'Renamed'});
    assert.deepEqual([body.changed, body.version, body.source.name, body.source.rateLimit, body.secret], [true, 2, 'Renamed', 9, undefined]);
    for (const patch of [{}, {name: 'Renamed'}, {rateLimit: 9, state: 'active', verifier: {scheme: 'apten'}}]) {
      const again = (await suite.api.patch(path, patch)).body;
      assert.deepEqual([again.changed, again.version], [false, 2], JSON.stringify(patch));
    }
    await suite.api.patch(path, {name: 'Late'}, {headers: {'if-match': '"1"'}, status: 412});
  });

  test('Another scheme needs another secret, and the answer shows it', async () => {
    const sender = await create();
    const path = `/v1/sources/${sender.id}`;
    const {body} = await suite.api.patch(path, {verifier: 'github'});
    assert.notEqual(body.secret, sender.secret);
    await sender.send(event(), {status: 401});
    Object.assign(sender, {verifier: 'github', secret: body.secret});
    await sender.send(event());
    const given = (await suite.api.patch(path, {verifier: 'standard', secret: WHSEC})).body;
    assert.equal(given.secret, WHSEC);
    assert.equal((await suite.api.patch(path, {verifier: 'none'})).body.secret, null);
    Object.assign(sender, {verifier: 'none'});
    await sender.send(event());
  });

  test('A secret that is rotated out is good for another day, unless it is to stop at once', async () => {
    const sender = await create();
    const {secret: first} = sender;
    const second = (await suite.api.post(`/v1/sources/${sender.id}/secret/rotate`)).body;
    assert.notEqual(second.secret, first);
    assert.equal(second.previousTokenUntil, null);
    day(second.previousSecretUntil);
    for (const secret of [first, second.secret]) await sender.send(event(), {signed: {secret}});
    const third = (await suite.api.post(`/v1/sources/${sender.id}/secret/rotate`, {secret: 'of-my-own', atOnce: true})).body;
    assert.deepEqual([third.secret, third.previousSecretUntil], ['of-my-own', null]);
    for (const secret of [first, second.secret]) await sender.send(event(), {signed: {secret}, status: 401});
    await sender.send(event(), {signed: {secret: 'of-my-own'}});
  });

  test('A URL that is rotated out is good for another day, unless it is to stop at once', async () => {
    const sender = await create();
    const old = sender.path;
    const {body} = await suite.api.post(`/v1/sources/${sender.id}/token/rotate`);
    day(body.previousTokenUntil);
    assert.equal(body.secret, sender.secret);
    for (const path of [old, new URL(body.url).pathname]) await Object.assign(sender, {path}).send(event());
    const now = (await suite.api.post(`/v1/sources/${sender.id}/token/rotate`, {atOnce: true})).body;
    assert.equal(now.previousTokenUntil, null);
    for (const path of [old, new URL(body.url).pathname]) await Object.assign(sender, {path}).send(event(), {status: 404});
    await Object.assign(sender, {path: new URL(now.url).pathname}).send(event());
  });

  test('A rotation that is repeated with its Idempotency-Key is one, and those at the same time all count', async () => {
    const sender = await create();
    const options = (key) => ({headers: {'idempotency-key': `${sender.id}-${key}`}});
    for (const what of ['token', 'secret']) {
      const rotate = (key) => suite.api.post(`/v1/sources/${sender.id}/${what}/rotate`, undefined, options(what + key));
      const [first, again] = [await rotate(1), await rotate(1)];
      assert.deepEqual(again.body, first.body);
      assert.equal(again.headers.get('idempotency-replayed'), 'true');
      const all = await Promise.all([2, 3].map(rotate));
      assert.equal(new Set([sender, first.body, ...all.map(({body}) => body)].map((body) => body[what])).size, 4);
      for (const {body} of [first, ...all]) {
        await Object.assign(Object.create(sender), {path: new URL(body.url).pathname, secret: body.secret}).send(event());
      }
    }
  });

  test('URL and secret are shown to an admin alone, and each view is logged without them', async () => {
    const {id, url, token, secret} = await create();
    assert.deepEqual((await suite.api.get(`/v1/sources/${id}/secret`)).body, {url, token, secret, previousTokenUntil: null, previousSecretUntil: null});
    const [viewed] = (await suite.api.get('/v1/audit?limit=1')).body.entries;
    assert.deepEqual([viewed.action, viewed.subject.id], ['source.secret.viewed', id]);
    const reader = suite.api.with((await suite.api.post('/v1/keys', {name: 'reader', scopes: ['read', 'write']}, {status: 201})).body.key);
    for (const path of ['/secret', '/sample']) await reader.get(`/v1/sources/${id}${path}`, {status: 403});
    for (const what of ['token', 'secret']) await reader.post(`/v1/sources/${id}/${what}/rotate`, {}, {status: 403});
    for (const path of [`/v1/sources/${id}`, '/v1/sources']) {
      const {text} = await reader.get(path);
      for (const hidden of [token, secret]) assert.ok(!text.includes(hidden), path);
    }
  });

  test('A repeated creation with an Idempotency-Key makes one source and shows the same secret', async () => {
    const options = {headers: {'idempotency-key': 'source-1'}, status: 201};
    const [first, second] = [await suite.api.post('/v1/sources', {format: 'apten', verifier: 'apten'}, options),
      await suite.api.post('/v1/sources', {format: 'apten', verifier: 'apten'}, options)];
    assert.equal(second.text, first.text);
    assert.equal(second.headers.get('idempotency-replayed'), 'true');
  });

  test('The list pages through all of them, and a deleted one is gone with its URL', async () => {
    const senders = [];
    for (let i = 0; i < 5; i++) senders.push(await create());
    await suite.api.delete(`/v1/sources/${senders[2].id}`, {status: 204});
    for (const path of ['', '/secret', '/sample']) await suite.api.get(`/v1/sources/${senders[2].id}${path}`, {status: 404});
    await suite.api.patch(`/v1/sources/${senders[2].id}`, {name: 'Back'}, {status: 404});
    await suite.api.delete(`/v1/sources/${senders[2].id}`, {status: 404});
    await senders[2].send(event(), {status: 404});
    const listed = [];
    for (let next = '';;) {
      const page = (await suite.api.get(`/v1/sources?limit=2${next}`)).body;
      listed.push(...page.sources.map(({id}) => id));
      if (page.nextToken === null) break;
      next = `&nextToken=${encodeURIComponent(page.nextToken)}`;
    }
    assert.deepEqual(senders.map(({id}) => listed.filter((other) => other === id).length), [1, 1, 0, 1, 1]);
  });

  const samples = [
    ['apten', 'apten'], ['iclosed', 'none'], ['standard', 'standard'],
    ['generic', {scheme: 'hmac', header: 'X-Signature', encoding: 'base64'}, {id: '/id', time: '/at', items: '/all', fields: {phone: '/to/phone', 'additionalInfo.plan': '/plan'}}],
    ['generic', 'stripe', {eventId: '/id', fields: {phone: '/phone', isHot: '/hot', timeZone: '/zone'}}], ['generic', 'github', {kind: 'contact', fields: {email: '/mail', status: '/status', userId: '/user', tracking: '/utm', latestCall: '/call', event: '/event', disqualifyingGroup: '/group', 'questionsAndAnswers.Budget': '/budget'}}],
    ['generic', {scheme: 'hubspot', url: 'https://hooks.example.com/in/x'}, {fields: {phone: '/phone'}}], ['generic', 'close', {fields: {phone: '/phone', additionalInfo: '/info'}}],
    ['form', {scheme: 'token', parameter: 'key'}, {kind: 'contact', fields: {email: 'your e-mail', phoneNumber: 'tel'}}], ['form', {scheme: 'token', header: 'X-Token', prefix: 'Bearer '}, {fields: {phone: 'tel', isHot: 'hot'}}],
    ['form', {scheme: 'token', parameter: 'key'}, {fields: {phone: 'tel'}}, "a&b=c#d'e%20f+g?/\\"],
  ];
  for (const [format, verifier, mapping, secret] of samples) {
    test(`The sample of a source is one that it takes, also as a command: ${format}, ${JSON.stringify(verifier)}`, async () => {
      const {id} = await create({format, verifier, ...(mapping && {mapping}), ...(secret && {secret})});
      const sample = (await suite.api.get(`/v1/sources/${id}/sample`)).body;
      const answer = (await suite.api.call('POST', sample.url.slice(suite.server.url.length), {raw: sample.body, headers: sample.headers, key: null})).body;
      // The samples are all about one record: within a second, one may be older than another that tells whole seconds.
      assert.ok(['accepted', 'no_change', 'stale'].includes(answer.verdict), JSON.stringify(answer));
      const {record} = answer.items[0];
      assert.ok(await (record.kind === 'lead' ? lead : contact)(suite.api, record.id));
      const shell = spawnSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }; ${sample.curl}`], {encoding: 'utf8'});
      const headers = Object.entries(sample.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
      assert.deepEqual(shell.stdout.split('\0'), ['-X', 'POST', sample.url, ...headers, '--data-binary', sample.body, '']);
    });
  }

  const mapped = {format: 'generic', verifier: 'none', mapping: {fields: {phone: '/phone'}}};
  const rule = (one) => ({format: 'apten', verifier: 'none', validation: [one]});
  for (const [what, input, field, detail] of [
    ['without a format', {verifier: 'apten'}, 'format', /apten.*iclosed.*standard.*generic.*form/],
    ['with an unknown format', {format: 'xml', verifier: 'apten'}, 'format', /apten.*iclosed.*standard.*generic.*form/],
    ['without a verifier', {format: 'apten'}, 'verifier', /standard.*none/],
    ['with an unknown verifier', {format: 'apten', verifier: 'githib'}, 'verifier', /github/],
    ['with a verifier that is a number', {format: 'apten', verifier: 7}, 'verifier', /standard/],
    ['whose HMAC is in no header', {format: 'apten', verifier: {scheme: 'hmac'}}, 'verifier.header', /X-Signature/],
    ['whose HMAC has an unknown algorithm', {format: 'apten', verifier: {scheme: 'hmac', header: 'X-A', algorithm: 'md5'}}, 'verifier.algorithm', /sha256.*sha512/],
    ['whose token is in two places', {format: 'apten', verifier: {scheme: 'token', header: 'X-A', parameter: 'a'}}, 'verifier.header', /either/],
    ['for HubSpot without its URL', {format: 'apten', verifier: 'hubspot'}, 'verifier.url', /https/],
    ['with a member that its verifier has not', {format: 'apten', verifier: {scheme: 'github', header: 'X-A'}}, 'verifier.header', /./],
    ['with a short token', {format: 'apten', verifier: {scheme: 'token', header: 'X-A'}, secret: 'short'}, 'secret', /16.*512/],
    ['with a short standard secret', {format: 'standard', verifier: 'standard', secret: 'whsec_c2hvcnQ='}, 'secret', /24.*64/],
    ['with a key for Close that is no hex', {format: 'apten', verifier: 'close', secret: 'xyz'}, 'secret', /hex/],
    ['with a secret that nothing needs', {format: 'apten', verifier: 'none', secret: 'x'}, 'secret', /none/],
    ['with a secret that is a number', {format: 'apten', verifier: 'apten', secret: 7}, 'secret', /text/],
    ['without the mapping that it needs', {format: 'generic', verifier: 'none'}, 'mapping', /required/],
    ['with a mapping that it cannot use', {format: 'apten', verifier: 'none', mapping: {}}, 'mapping', /generic.*form.*null/],
    ['with a mapping of a field that there is not', {...mapped, mapping: {fields: {fone: '/phone'}}}, 'mapping.fields.fone', /phone/],
    ['with a mapping to no pointer', {...mapped, mapping: {fields: {phone: 'phone'}}}, 'mapping.fields.phone', /pointer/],
    ['with a mapping into a value', {...mapped, mapping: {fields: {'phone.number': '/phone'}}}, 'mapping.fields.phone.number', /phone alone/],
    ['with a mapping of an unknown kind', {...mapped, mapping: {kind: 'deal'}}, 'mapping.kind', /lead.*contact/],
    ['with a mapping of an unknown member', {...mapped, mapping: {field: {}}}, 'mapping.field', /fields/],
    ['with a form that gives an object', {format: 'form', verifier: 'none', mapping: {kind: 'contact', fields: {latestCall: 'call'}}}, 'mapping.fields.latestCall', /object/],
    ['with a rest that its kind has not', {format: 'form', verifier: 'none', mapping: {kind: 'lead', rest: 'tracking'}}, 'mapping.rest', /additionalInfo/],
    ['with a body limit beyond ours', {format: 'apten', verifier: 'none', maxBodyBytes: 1048577}, 'maxBodyBytes', /1024.*1048576/],
    ['with no item', {format: 'apten', verifier: 'none', maxItems: 0}, 'maxItems', /1.*1000/],
    ['with a rate that is a text', {format: 'apten', verifier: 'none', rateLimit: '9'}, 'rateLimit', /0.*10000/],
    ['that drops bad content', {format: 'apten', verifier: 'none', onBadContent: 'drop'}, 'onBadContent', /quarantine.*reject/],
    ['that is disabled', {format: 'apten', verifier: 'none', state: 'disabled'}, 'state', /active.*paused/],
    ['with a rule without a name', rule({condition: {'!!': [1]}}), 'validation.0.name', /required/],
    ['with a rule that says nothing', rule({name: 'Empty'}), 'validation.0', /schema.*condition/],
    ['with a rule of an unknown severity', rule({name: 'x', severity: 'fatal', condition: {'!!': [1]}}), 'validation.0.severity', /reject.*quarantine.*warn/],
    ['with a rule of an unknown operator', rule({name: 'x', condition: {frobnicate: [1]}}), 'validation.0.condition', /frobnicate/],
    ['with a rule of an unknown member', rule({name: 'x', conditions: true}), 'validation.0.conditions', /condition/],
    ['with too many rules', {format: 'apten', verifier: 'none', validation: Array(51).fill({name: 'x', condition: {'!!': [1]}})}, 'validation', /50/],
    ['with an unknown member', {format: 'apten', verifier: 'none', paused: true}, 'paused', /./],
    ['with a name that is too long', {format: 'apten', verifier: 'none', name: 'x'.repeat(101)}, 'name', /100/],
  ]) {
    test(`A source ${what} is refused, by name`, async () => {
      const before = (await suite.api.get('/v1/sources?limit=100')).body;
      const {body} = await suite.api.post('/v1/sources', input, {status: 422});
      assert.equal(body.field, field, body.detail);
      assert.match(body.detail, detail);
      assert.deepEqual((await suite.api.get('/v1/sources?limit=100')).body, before);
    });
  }

  test('A mapping that is not needed any more is taken away together with its format', async () => {
    const {id} = await create({...mapped});
    const {body} = await suite.api.patch(`/v1/sources/${id}`, {format: 'apten'}, {status: 422});
    assert.equal(body.field, 'mapping');
    assert.match(body.detail, /null/);
    assert.equal((await suite.api.patch(`/v1/sources/${id}`, {format: 'apten', mapping: null})).body.source.mapping, null);
  });

  test('An update that is refused leaves the source as it was', async () => {
    const {id, source} = await create();
    const path = `/v1/sources/${id}`;
    for (const [patch, field, detail] of [
      [{secret: 'another'}, 'secret', /rotate/], [{format: 'generic'}, 'mapping', /required/], [{format: null}, 'format', /apten/],
      [{verifier: null}, 'verifier', /standard/], [{id: 'src_mine'}, 'id', /./], [{verifier: 'close', secret: 'xyz'}, 'secret', /hex/],
    ]) {
      const {body} = await suite.api.patch(path, patch, {status: 422});
      assert.equal(body.field, field, body.detail);
      assert.match(body.detail, detail);
    }
    for (const [what, input, field] of [['token', {secret: 'x'}, 'secret'], ['token', {atOnce: 'yes'}, 'atOnce'], ['secret', {token: 'x'}, 'token'], ['secret', {secret: ''}, 'secret']]) {
      assert.equal((await suite.api.post(`${path}/${what}/rotate`, input, {status: 422})).body.field, field);
    }
    assert.deepEqual((await suite.api.get(path)).body, source);
  });

  test('A source without a secret has none to rotate, and says so', async () => {
    const {id} = await create({verifier: 'none'});
    assert.match((await suite.api.post(`/v1/sources/${id}/secret/rotate`, {}, {status: 422})).body.detail, /none/);
  });
});

test('After a crash URLs, secrets, receipts and what was seen are as they were acknowledged', async (t) => {
  const {server, api} = await freshServer(t);
  const sender = await Sender.create(api, {format: 'apten', verifier: 'apten'});
  const {path} = sender;
  await api.post(`/v1/sources/${sender.id}/token/rotate`);
  const events = Array.from({length: 200}, (_, i) => ({event: 'lead.additionalInfo.updated', eventId: `e${i}`, timestamp: '2026-01-05T10:00:00Z',
    data: {leadId: `l${i}`, phone: newPhone(), additionalInfo: {state: {old: null, new: 'CA'}}}}));
  const acknowledged = new Map();
  const {receipt: held} = await sender.says('quarantined', '{"event": 7}');
  const sending = inParallel(events.length, 16, async (i) => {
    const answer = await sender.says('accepted', events[i]).catch(() => undefined);  // cut off by the crash
    if (answer) acknowledged.set(i, answer.receipt);
    if (acknowledged.size === 60) server.stop('SIGKILL');
  });
  await sending;
  await server.stop('SIGKILL');
  assert.ok(acknowledged.size >= 60, `${acknowledged.size} were acknowledged`);
  const again = await Server.start(server.folder);
  t.after(() => again.stop('SIGKILL'));
  const client = new Client(again, api.key);
  Object.assign(sender, {api: client, path});
  for (const [i, receipt] of acknowledged) {
    const {items} = await sender.says('duplicate', events[i]);
    assert.equal(items[0].receipt, receipt);
    assert.equal((await lead(client, `l${i}`)).additionalInfo.state, 'CA');
  }
  assert.equal((await sender.receipt(held)).resolution, null);
  await client.post(`/v1/receipts/${held}/drop`, undefined, {status: 204});
  const numbers = (await sender.receipts('&order=asc')).map(({id}) => Number(id.slice(3)));
  assert.deepEqual(numbers, numbers.map((_, i) => i + 1), 'numbers without gaps');
  await again.stop();
  const {status, stdout, stderr} = run('verify', '--store', join(server.folder, 'deltapost.db'));
  assert.equal(status, 0, stdout + stderr);
});
