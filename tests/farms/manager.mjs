// What Flamenco's Manager gives a job compiler script, by its documentation: the globals author, frameChunker,
// formatTimestampLocal, path and print; and a job compiled by the job type of this repository.
//
//     node manager.mjs '{"blendfile": "/share/room.blend", …}'      the job's tasks, as JSON
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const SCRIPT = fileURLToPath(new URL("../../farms/flamenco/blobgan_render.js", import.meta.url));

export function manager() {
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

export function compiled(changes = {}) {
    const settings = {
        frames: "1-5, 9", chunk_size: 2, device: "", blendfile: "/share/room.blend", scene: "BlobGAN", format: "PNG",
        render_output_path: "/share/out/job/{timestamp}/######", ...changes,
    };
    const job = { settings, created: new Date(), tasks: [], addTask(task) { this.tasks.push(task); } };
    manager()("compileJob")(job);
    return job;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    console.log(JSON.stringify(compiled(JSON.parse(process.argv[2])).tasks));
}
