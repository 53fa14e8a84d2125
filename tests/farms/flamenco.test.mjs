// The Flamenco job type against the interface that Flamenco documents for job compiler scripts: JOB_TYPE, compileJob,
// and the globals author, frameChunker, formatTimestampLocal, path and print.
import assert from "node:assert/strict";
import { test } from "node:test";

import { compiled, manager } from "./manager.mjs";

const TYPES = ["string", "int32", "float", "bool"];
const SUBTYPES = ["file_path", "dir_path", "file_name", "byte_string", "password", "hashed_file_path"];
const VISIBLE = ["visible", "hidden", "submission", "web"];

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
