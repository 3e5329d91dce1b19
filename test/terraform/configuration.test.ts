import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { deployment, ROOT, terraform } from './terraform.ts';

const MODULES = ['ingestion', 'semantic', 'shared-services', 'quality'];
/** The folder of Terraform's own test files. `init` installs the modules that they use. */
const OWN_TESTS = '-test-directory=test/terraform/hcl';
const FOLDERS = ['.', ...MODULES.map((name) => `modules/${name}`), 'modules/shared-services/function'];

const filesOf = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.tf'));
const textOf = (folder: string, file: string): string => readFileSync(join(ROOT, folder, file), 'utf8');

suite('Terraform', () => {
  before(async () => {
    const { code, stderr } = await terraform([
      'init',
      '-backend=false',
      '-input=false',
      '-no-color',
      OWN_TESTS,
    ]);
    assert.equal(code, 0, stderr);
  });

  test('formatted', async () => {
    const { code, stdout } = await terraform(['fmt', '-check', '-recursive', '-list=true']);
    assert.deepEqual([code, stdout], [0, '']);
  });

  test('valid', async () => {
    const { code, stdout } = await terraform(['validate', '-json']);
    assert.deepEqual([code, JSON.parse(stdout).diagnostics], [0, []]);
  });

  test('the root, four modules and one submodule each have main, variables, outputs and versions', () => {
    assert.deepEqual(readdirSync(join(ROOT, 'modules')).sort(), [...MODULES].sort());
    for (const folder of FOLDERS) {
      for (const file of ['main.tf', 'variables.tf', 'outputs.tf', 'versions.tf']) {
        assert.ok(filesOf(folder).includes(file), `${folder}/${file}`);
      }
    }
  });

  test('variables are typed, without `any`, and described; so are outputs', () => {
    for (const folder of FOLDERS) {
      for (const [file, kind, needed] of [
        ['variables.tf', 'variable', [/^ {2}description = ".+"$/m, /^ {2}type\s+= \S/m]],
        ['outputs.tf', 'output', [/^ {2}description = ".+"$/m]],
      ] as const) {
        for (const block of textOf(folder, file)
          .split(new RegExp(`^${kind} `, 'm'))
          .slice(1)) {
          for (const pattern of needed) assert.match(block, pattern, `${folder}/${file}`);
          assert.doesNotMatch(block, /\bany\b(?! )|type\s+= any|\(any\)/, `${folder}/${file}`);
        }
      }
    }
  });

  test('every folder requires Terraform ≥ 1.9 and the provider ≥ 6.25, < 7', () => {
    for (const folder of FOLDERS) {
      const text = textOf(folder, 'versions.tf');
      assert.match(text, /required_version = ">= 1\.9"/);
      assert.match(text, /source\s+= "hashicorp\/aws"/);
      assert.match(text, /version = ">= 6\.25, < 7"/);
    }
  });

  test('no source file has more than 300 lines', () => {
    for (const folder of FOLDERS) {
      for (const file of filesOf(folder)) {
        assert.ok(textOf(folder, file).split('\n').length <= 300, `${folder}/${file}`);
      }
    }
  });

  for (const plan of ['names', 'real'] as const) {
    test(`Terraform's own tests, if a plan knows ${plan === 'names' ? 'ARNs that follow from names' : 'no ARN'}`, async () => {
      const { code, stdout } = await terraform(['test', '-no-color', OWN_TESTS], plan);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /Success! [1-9]\d* passed, 0 failed\./);
    });

    for (const environment of ['dev', 'prod']) {
      test(`a plan for ${environment} (${plan})`, async () => {
        const options = await deployment(environment, 'topics');
        const { code, stderr } = await terraform(['plan', '-input=false', '-no-color', ...options], plan);
        assert.equal(code, 0, stderr);
      });
    }
  }
});
