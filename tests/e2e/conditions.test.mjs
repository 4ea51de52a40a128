// The cases that our condition language is tested with, put to the reference implementation of JsonLogic: both must say
// the same. tests/unit/condition reads the same file.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {jsonLogic} from './peers.mjs';

const cases = JSON.parse(readFileSync(new URL('../unit/condition/cases.json', import.meta.url), 'utf8'));
