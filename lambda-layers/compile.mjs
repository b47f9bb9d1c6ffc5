// @ts-check
// Compiles the Python files of a layer: node compile.mjs FOLDER. Prints the version of Python that did it.
//
// Where Lambda mounts layers nothing can be written, so that without compiled files each cold start compiles pandas anew. Bytecode is for one
// version of Python, and the same on every processor: this one is CPython 3.14 in WebAssembly, from npm.
import path from 'node:path';
import { loadPyodide } from 'pyodide';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: node compile.mjs FOLDER');
const python = await loadPyodide();
python.mountNodeFS('/opt', path.resolve(folder));
// Not checked against the source as it is loaded: times of files mean nothing in a layer. One file after the other, in the order of their names.
const version = python.runPython(`
import compileall, py_compile, sys
done = compileall.compile_dir("/opt", quiet=1, force=True, maxlevels=50, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
if not done:
    raise SystemExit("some files do not compile")
"%d.%d" % sys.version_info[:2]
`);
process.stdout.write(`${version}\n`);
