// Reads a JSON list of graphs from stdin and writes a JSON list to stdout: for each null, or mermaid's complaint.
// Argument: the folder node_modules that holds mermaid and jsdom.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const installed = createRequire(join(process.argv[2], 'here.js'));
const load = (name) => import(pathToFileURL(installed.resolve(name)).href);

// mermaid cleans labels with a DOM: without one it refuses every graph, the valid ones too.
const { JSDOM } = (await load('jsdom')).default;
globalThis.window = new JSDOM('').window;
globalThis.document = window.document;

const mermaid = (await load('mermaid')).default;

const complaint = async (source) => {
    try {
        await mermaid.parse(source);
        return null;
    } catch (error) {
        return String(error.message ?? error);
    }
};

const complaints = [];
for (const source of JSON.parse(readFileSync(0, 'utf8'))) complaints.push(await complaint(source));
process.stdout.write(JSON.stringify(complaints));
