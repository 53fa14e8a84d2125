// The Flamenco job type against the interface that Flamenco documents for job compiler scripts: JOB_TYPE, compileJob,
// and the globals author, frameChunker, formatTimestampLocal, path and print.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const SCRIPT = fileURLToPath(new URL("../../farms/flamenco/blobgan_render.js", import.meta.url));
const TYPES = ["string", "int32", "float", "bool"];
const SUBTYPES = ["file_path", "dir_path", "file_name", "byte_string", "password", "hashed_file_path"];
const VISIBLE = ["visible", "hidden", "submission", "web"];

function manager() {
    const context = vm.createContext({
        author: {
            Task: (name, type) => ({ name, type, commands: [], addCommand(command) { this.commands.push(command); } }),
            Command: (name, parameters) => ({ name, parameters }),
        },
        frameChunker: chunker,
        formatTimestampLocal: () => "2026-11-24_164500",
        path: { join: path.posix.join, basename: path.posix.basename, dirname: path.posix.dirname },
        print: () => {},
    });
    // A `const` of a script is no property of its global object; it is visible to later scripts of the same context.
    vm.runInContext(readFileSync(SCRIPT, "utf8"), context, { filename: SCRIPT });
    return (expression) => vm.runInContext(expression, context);
}

// "1-5, 9" in twos: "1-2", "3-4", "5,9"
function chunker(range, size) {
    const frames = range.split(",").flatMap((part) => {
        const [first, last = first] = part.split("-").map(Number);
        return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
    const chunks = [];
    for (let at = 0; at < frames.length; at += size) {
        const chunk = frames.slice(at, at + size);
        const even = chunk.every((frame, index) => frame === chunk[0] + index);
        chunks.push(even && chunk.length > 1 ? `${chunk[0]}-${chunk.at(-1)}` : chunk.join(","));
    }
    return chunks;
}

function compiled(changes = {}) {
    const settings = {
        frames: "1-5, 9", chunk_size: 2, device: "", blendfile: "/share/room.blend", scene: "BlobGAN", format: "PNG",
        render_output_path: "/share/out/job/{timestamp}/######", ...changes,
    };
    const job = { settings, created: new Date(), tasks: [], addTask(task) { this.tasks.push(task); } };
    manager()("compileJob")(job);
    return job;
}

test("the settings are such as Flamenco knows", () => {
    const jobType = manager()("JOB_TYPE");
    assert.ok(jobType.label);
    const keys = jobType.settings.map((setting) => setting.key);
    assert.equal(new Set(keys).size, keys.length);
    for (const setting of jobType.settings) {
        assert.match(setting.key, /^[a-z_]+$/);
        assert.ok(TYPES.includes(setting.type), setting.type);
        assert.ok(setting.subtype === undefined || SUBTYPES.includes(setting.subtype), setting.subtype);
        assert.ok(setting.visible === undefined || VISIBLE.includes(setting.visible), setting.visible);
    }
    assert.ok(keys.includes("blendfile"));
});

test("each chunk is a task that renders its frames by the command line", () => {
    const job = compiled();
    assert.deepEqual(job.tasks.map((task) => [task.name, task.type]), [
        ["render-1-2", "blender"], ["render-3-4", "blender"], ["render-5,9", "blender"],
    ]);
    const [{ name, parameters }] = job.tasks[0].commands;
    assert.equal(name, "blender-render");
    assert.deepEqual([parameters.exe, parameters.exeArgs], ["{blender}", "{blenderArgs}"]);
    assert.equal(parameters.blendfile, "/share/room.blend");
    assert.deepEqual([...parameters.argsBefore], []);
    const after = [...parameters.args];
    assert.deepEqual(after.slice(after.indexOf("--scene")), [
        "--scene", "BlobGAN", "--render-output", "/share/out/job/2026-11-24_164500/######",
        "--render-format", "PNG", "--render-frame", "1..2",
    ]);
    assert.equal(job.tasks[2].commands[0].parameters.args.at(-1), "5,9");
});

test("a worker without the extension fails before it renders", () => {
    const after = [...compiled().tasks[0].commands[0].parameters.args];
    assert.deepEqual(after.slice(0, 2), ["--python-exit-code", "1"]);
    assert.ok(after.indexOf("--python-expr") < after.indexOf("--render-frame"));
});

test("the device is set before the file is loaded, and is no way to run something else", () => {
    const before = [...compiled({ device: "cuda:1" }).tasks[0].commands[0].parameters.argsBefore];
    assert.deepEqual(before, ["--python-expr", "import os; os.environ['BLOBGAN_DEVICE'] = 'cuda:1'"]);
    assert.throws(() => compiled({ device: "cpu'; import shutil #" }), /names no device/);
});

test("the job shows where its frames really go", () => {
    assert.equal(compiled().settings.render_output_path, "/share/out/job/2026-11-24_164500/######");
    assert.throws(() => compiled({ render_output_path: "" }), /no render_output_path/);
});

test("a film cannot be rendered in chunks", () => {
    assert.throws(() => compiled({ format: "FFMPEG" }), /choose PNG/);
});
