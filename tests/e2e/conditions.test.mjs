// The cases that our condition language is tested with, put to the reference implementation of JsonLogic: both must say
// the same. tests/unit/condition reads the same file.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {jsonLogic} from './peers.mjs';

const cases = JSON.parse(readFileSync(new URL('../unit/condition/cases.json', import.meta.url), 'utf8'));

/** As JSON has it: undefined is null, and so is a number that is none. */
const asJson = (value) => JSON.parse(JSON.stringify(value ?? null));

test('The reference implementation gives each case the value that we expect of our own', () => {
  assert.ok(cases.length > 400, `${cases.length} cases`);
  const different = cases
    .map(({rule, data, expect}) => ({rule, data, expect, reference: asJson(jsonLogic.apply(rule, data))}))
    .filter(({expect, reference}) => JSON.stringify(expect) !== JSON.stringify(reference));
  assert.deepEqual(different, []);
});
