import { type ConformanceTopic, contractOf, KEY, many, one, property } from './cases.ts';

const at = (name: string, logicalType: string, path: string) =>
  property(name, logicalType, { custom: { path } });

/** Paths in the payload: nesting, indices, and names that path languages give a meaning to. */
const CONTRACT = contractOf('paths', [
  KEY,
  property('a', 'object', {
    properties: [
      property('b', 'object', { properties: [property('c', 'string')] }),
      property('n', 'integer'),
    ],
  }),
  at('second', 'integer', 'list[1]'),
  at('inner', 'string', 'list[2].x'),
  at('matrix', 'number', 'm[1][0]'),
  at('dotted', 'string', '["a.b"].c'),
  at('star', 'string', '["*"]'),
  at('quote', 'string', '["say \\"hi\\""]'),
  at('back', 'string', '["a\\\\b"]'),
  at('slash', 'string', '["a/b~c"]'),
  at('blank', 'string', '[" "]'),
  at('dollar', 'string', '["$.x[0]"]'),
  at('apostrophe', 'string', '["it\'s"]'),
  at('umlaut', 'string', '["Größe"]'),
  at('smile', 'string', '["😀"]'),
  at('digits', 'string', '["0"]'),
  property('obj', 'object'),
  property('arr', 'array'),
  property('text', 'string'),
]);

export const PATHS: ConformanceTopic = {
  name: 'paths',
  contract: CONTRACT,
  cases: [
    one('no member at all', ''),
    one('nested members', '"a":{"b":{"c":"deep"},"n":7}'),
    one('null where an object is named', '"a":null'),
    one('null in the middle', '"a":{"b":null,"n":null}'),
    one('a text where an object is named', '"a":"x"'),
    one('an array where an object is named', '"a":[{"b":{"c":"x"}}]'),
    one('a number where an object is named', '"a":{"b":5}'),
    one('an empty object where one is named', '"a":{}'),
    one('array elements', '"list":[1,2,{"x":"y"}]'),
    one('an array that is too short', '"list":[1]'),
    many(
      'lists of one shape, of any length',
      [1, 2, 3, 4].map((length) => ({
        row: `r${length}`,
        id: `m${length}`,
        members: `"list":${JSON.stringify(Array(length).fill({ y: 1 }))}`,
      })),
    ),
    one('an empty array', '"list":[]'),
    one('an object where an array is named', '"list":{"1":5,"2":{"x":"y"}}'),
    one('null elements', '"list":[null,null,null]'),
    one('an array in an array', '"m":[[1.5],[2.5,3]]'),
    one('a key with a dot', '"a.b":{"c":"dotted"}'),
    one('a dotted key beside the nested one', '"a.b":{"c":"dotted"},"a":{"b":{"c":"nested"}}'),
    one('a key that is a star', '"*":"star"'),
    one('a star beside other keys', '"*":"star","x":"y","zz":1'),
    one('a key with quotes', '"say \\"hi\\"":"hi"'),
    one('a key with a backslash', '"a\\\\b":"back"'),
    one('a key with slash and tilde', '"a/b~c":"slash"'),
    one('a key that is a blank', '" ":"blank"'),
    one('a key that is a path', '"$.x[0]":"dollar"'),
    one('a key with an apostrophe', '"it\'s":"apostrophe"'),
    one('a key with umlauts', '"Größe":"groß"'),
    one('a key with umlauts, escaped', '"Gr\\u00f6\\u00dfe":"groß"'),
    one('a key beyond the basic plane', '"😀":"smile"'),
    one('a key beyond the basic plane, escaped', '"\\ud83d\\ude00":"smile"'),
    one('a key of digits', '"0":"zero"'),
    one('a known key in other case', '"TEXT":"no","text":"yes"'),
    one('blanks between tokens', ' "text" : "x" , "list" : [ 1 , 2 ] , "obj" : { "a" : 1 }'),
    one('an object as JSON', '"obj":{"z":1,"a":[true,false,null],"s":"x"}'),
    one('numbers in JSON', '"obj":{"n":[1.0,1e3,1E-7,1e21,1e22,-0,-0.0,0.1,100,1.50,12345678.9,1e-5]}'),
    one(
      'inexact numbers in JSON',
      '"arr":[0.1234567890123456789,123456789012345678901234567890,1e400,-1e400,5e-324,1e-400]',
    ),
    one('Java would print 1.0E7', '"arr":[1e7,12345678.5,1e-3,9999999.0,0.001]'),
    one(
      'doubles with many digits',
      '"arr":[2.2250738585072014e-308,1.7976931348623157e308,9007199254740993.0,2.0E-3,2e23,5.684341886080802e-14]',
    ),
    one(
      'integers in JSON',
      '"arr":[9223372036854775807,-9223372036854775808,18446744073709551615,18446744073709551616]',
    ),
    one(
      'texts in JSON',
      '"arr":["\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\\\/","\\u007f\\u2028\\u2029","é😀\\ud83d\\ude00"]',
    ),
    one('keys in JSON', '"obj":{"":1,"\\u0041":2,"a\\"b":3,"\\n":4}'),
    one('deep JSON', `"arr":${'['.repeat(60)}${']'.repeat(60)}`),
    one('empty JSON', '"obj":{},"arr":[]'),
    one('an object for an array, an array for an object', '"obj":[],"arr":{}'),
    one('a text for both', '"obj":"{}","arr":"[]"'),
    one('a combining character', '"text":"e\\u0301"'),
    one('a text of right-to-left marks', '"text":"\\u202eabc"'),
    one('a text of NUL', '"text":"a\\u0000b"'),
    one('a noncharacter', '"text":"\\uffff\\ufdd0"'),
    one('a text that looks like JSON', '"text":"{\\"a\\":1}"'),
    one('a text of quotes', '"text":"\\"\\""'),
    one('a text of backslashes', '"text":"\\\\\\\\n"'),
    one('a text with line ends', '"text":"a\\r\\nb\\u0085\\u2028"'),
    one('a long text', `"text":"${'long '.repeat(20_000)}"`),
    one('an empty text', '"text":""'),
  ],
};

const PATTERNS: Readonly<Record<string, string>> = {
  word: '\\w+',
  not_word: '\\W*',
  digits: '\\d{2,4}',
  spaces: '[\\s]*x\\S',
  alternatives: 'ab|cd|(?:ef)+',
  group_loop: '(?:a|b)*',
  slug: '(?:[a-z]+-)*[a-z]+',
  any: 'a.c',
  class_escapes: '[\\-\\]\\^.]+',
  punctuation: '\\$\\{\\}\\/\\.\\*',
  unicode: '[ä-ü😀]+',
  optional: '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?',
};

const TEXTS: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['abab', 'abab'],
  ['a line break at the end', 'ab\\n'],
  ['a line break inside', 'a\\nc'],
  ['a carriage return inside', 'a\\rc'],
  ['a next line inside', 'a\\u0085c'],
  ['a line separator inside', 'a\\u2028c'],
  ['digits', '123'],
  ['digits of another script', '\\u0661\\u0662\\u0663'],
  ['letters of another script', 'äöü'],
  ['a pair', '😀😀'],
  ['half of a pattern', 'abc'],
  ['dash and brackets', '-]^.'],
  ['punctuation', '$\u007b}/.*'],
  ['a slug', 'one-two-three'],
  ['a broken slug', 'one--two'],
  ['a number', '-10.50'],
  ['a number with a leading zero', '012'],
  ['vertical tab', '\\u000bxy'],
  ['no-break space', '\\u00a0xy'],
  ['form feed', '\\fxy'],
  ['underscore', 'a_1'],
  ['capitals', 'ABC'],
  ['the long s and the Kelvin sign', 'ſK'],
  ['cd', 'cd'],
  ['efefef', 'efefef'],
  ['20,000 turns of a group', 'ab'.repeat(10_000)],
  ['20,000 turns and a wrong end', `${'ab'.repeat(10_000)}c`],
  ['5,000 words', `${'word-'.repeat(5_000)}end`],
];

export const PATTERN_TOPIC: ConformanceTopic = {
  name: 'patterns',
  contract: contractOf('patterns', [
    KEY,
    ...Object.entries(PATTERNS).map(([name, pattern]) =>
      property(name, 'string', { logicalTypeOptions: { pattern } }),
    ),
  ]),
  cases: TEXTS.map(([name, text]) =>
    one(
      `patterns on ${name}`,
      Object.keys(PATTERNS)
        .map((column) => `"${column}":"${text}"`)
        .join(','),
    ),
  ),
};
