import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAllCommands } from './commands.ts';
import { withAwsCodes } from './pages/aws-codes.ts';
import { commandsPage } from './pages/commands-page.ts';
import { compatibilityPage } from './pages/compatibility-page.ts';
import { errorsPage } from './pages/errors-page.ts';

// `npm run docs`: writes the generated pages, and the generated part of docs/aws.md.
const folder = join(import.meta.dirname, '..', '..', 'docs');
await writeFile(join(folder, 'commands.md'), commandsPage(await loadAllCommands()));
await writeFile(join(folder, 'errors.md'), errorsPage());
await writeFile(join(folder, 'compatibility.md'), compatibilityPage());
const aws = join(folder, 'aws.md');
await writeFile(aws, withAwsCodes(await readFile(aws, 'utf8')));
