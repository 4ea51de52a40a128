// Forms as browsers and form builders send them.
import assert from 'node:assert/strict';
import {before, describe, test} from 'node:test';
import {Sender, contact, lead, written} from './senders.mjs';
import {newPhone, suiteServer} from './support.mjs';

describe('Forms', () => {
  const suite = suiteServer();
  let leads, contacts;
  before(async () => {
    leads = await Sender.create(suite.api, {format: 'form', verifier: 'none',
      mapping: {fields: {phone: 'your-phone', firstName: 'name', isHot: 'urgent', 'additionalInfo.plan': 'plan'}, rest: 'additionalInfo'}});
    contacts = await Sender.create(suite.api, {format: 'form', verifier: 'none', onBadContent: 'reject',
      mapping: {kind: 'contact', fields: {email: 'mail', phoneNumber: 'tel', firstName: 'name', userId: 'user'}, rest: 'questionsAndAnswers'}});
  });

  const urlencoded = (fields) => [new URLSearchParams(fields).toString(), {type: 'application/x-www-form-urlencoded; charset=UTF-8'}];
  /** As fetch writes it. */
  const multipart = async (fields) => {
    const form = new FormData();
    for (const [name, value] of fields) form.append(name, value);
    const request = new Request('http://localhost', {method: 'POST', body: form});
    return [Buffer.from(await request.arrayBuffer()), {type: request.headers.get('content-type')}];
  };

  for (const [kind, encode] of [['urlencoded', urlencoded], ['multipart', multipart], ['JSON', (fields) => [Object.fromEntries(fields), {}]]]) {
    test(`A form that comes as ${kind} makes a lead, with what is not mapped beside it`, async () => {
      const phone = newPhone();
      const {items} = await leads.says('accepted', ...await encode([['your-phone', ` ${phone} `], ['name', 'Zoë & Søn = 1+1'], ['urgent', 'on'], ['plan', 'pro'], ['How did you hear?', 'From a friend'], ['empty', '  ']]));
      const record = await lead(suite.api, items[0].record.id);
      assert.deepEqual([record.phone, record.firstName, record.isHot, record.additionalInfo],
        [phone, 'Zoë & Søn = 1+1', true, {plan: 'pro', 'How did you hear?': 'From a friend'}]);
    });
  }

  test('Boxes of one name are one text, files are left out by name, and what is empty says nothing', async () => {
    const mail = 'boxes@example.com';
    const fields = [['mail', mail], ['name', 'Bo'], ['tel', '+15550002222'], ['user', '7'], ['Interests', 'Solar'], ['Interests', 'Wind'], ['cv', new File(['%PDF'], 'cv.pdf')], ['Budget', '']];
    const {items} = await contacts.says('accepted', ...await multipart(fields));
    assert.deepEqual(items[0].ignored, ['cv']);
    const made = await contact(suite.api, items[0].record.id);
    assert.deepEqual([made.userId, made.phoneNumber, made.questionsAndAnswers], [7, '+15550002222', {'1_question': 'Interests', '1_response': 'Solar, Wind', Interests: 'Solar, Wind'}]);
    const again = (await contacts.says('accepted', ...urlencoded([['mail', mail], ['name', 'Beau'], ['tel', ''], ['Budget', '10']]))).items[0];
    assert.deepEqual(again.record, items[0].record);
    const now = await contact(suite.api, again.record.id);
    assert.deepEqual([now.firstName, now.phoneNumber, now.questionsAndAnswers.Interests, now.questionsAndAnswers.Budget], ['Beau', '+15550002222', 'Solar, Wind', '10']);
  });

  test('The same form twice is a second visit that changes nothing', async () => {
    const form = urlencoded([['your-phone', newPhone()], ['name', 'Twice']]);
    await leads.says('accepted', ...form);
    const before = await written(suite.api);
    await leads.says('no_change', ...form);
    assert.equal(await written(suite.api), before);
  });

  for (const [what, make, field, detail] of [
    ['without an address', () => urlencoded([['name', 'Bo']]), 'email', /phone.*e-mail/],
    ['with a number that is none', () => urlencoded([['tel', '555-1234']]), 'tel', /\+/],
    ['with an address that is none', () => urlencoded([['mail', 'nobody']]), 'email', /@|address/],
    ['with two names', () => urlencoded([['mail', 'a@example.com'], ['name', 'A'], ['name', 'B']]), 'name', /more than once/],
    ['with a text for a number', () => urlencoded([['mail', 'a@example.com'], ['user', 'seven']]), 'user', /number/],
    ['with a broken escape', () => ['mail=%zz', urlencoded([])[1]], undefined, /hexadecimal/],
    ['with too many fields', () => urlencoded(Array.from({length: 201}, (_, i) => [`f${i}`, 'x'])), undefined, /200/],
    ['in another charset', () => ['mail=a%40example.com', {type: 'application/x-www-form-urlencoded; charset=iso-8859-1'}], undefined, /utf-8/],
    ['without a boundary', () => ['mail=x', {type: 'multipart/form-data'}], undefined, /boundary/],
    ['of another type', () => ['mail=x', {type: 'text/plain'}], undefined, /x-www-form-urlencoded.*multipart.*json/],
    ['with nested JSON', () => [{mail: {work: 'a@example.com'}}, {}], 'mail', /string/],
  ]) {
    test(`A form ${what} is refused, with the field that is wrong`, async () => {
      const before = await written(suite.api);
      const [body, options] = make();
      const answer = (await contacts.send(body, {...options, status: 422})).body;
      assert.equal(answer.field, field, answer.detail);
      assert.match(answer.detail, detail);
      assert.equal((await contacts.receipts('&limit=1'))[0].reason, answer.detail);
      assert.equal(await written(suite.api), before);
    });
  }
});
