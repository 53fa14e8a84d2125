// SPDX-License-Identifier: GPL-3.0-or-later
//
// A Flamenco job type for scenes of BlobGAN for Blender: put this file into the `scripts` folder beside Flamenco's
// Manager and refresh the job types in Blender. It renders chunks of frames by Blender's own command line, and differs
// from Flamenco's own job type in two things that a BlobGAN scene needs:
//   - a worker on which the extension is not enabled fails its task; without that, Blender would render with Eevee and
//     call it success;
//   - the device can be pinned for the job.

const JOB_TYPE = {
    label: "BlobGAN Render",
    description: "Frames of a scene of BlobGAN for Blender, in chunks",
    settings: [
        { key: "frames", type: "string", required: true,
          eval: "f'{C.scene.frame_start}-{C.scene.frame_end}'",
          evalInfo: { showLinkButton: true, description: "Scene frame range" },
          description: "Frames to render, such as '47', '1-30' or '3, 5-10, 47-327'" },
        { key: "chunk_size", type: "int32", default: 24, visible: "submission",
          description: "Frames in one task. A task starts Blender and the worker once, which takes as long as many frames" },
        { key: "device", type: "string", default: "", visible: "submission",
          description: "What computes, such as 'cpu' or 'cuda:1'; empty for each machine's best, or its own BLOBGAN_DEVICE" },
        { key: "render_output_root", type: "string", subtype: "dir_path", required: true, visible: "submission",
          description: "Folder on the shared storage under which the frames go" },
        { key: "add_path_components", type: "int32", required: true, default: 0, visible: "submission",
          description: "How many folders of the blend file's path are added to that",
          propargs: { min: 0, max: 32 } },
        { key: "render_output_path", type: "string", subtype: "file_path", editable: false,
          eval: "str(Path(abspath(settings.render_output_root), last_n_dir_parts(settings.add_path_components), jobname, '{timestamp}', '######'))",
          description: "Where the frames go" },

        { key: "blendfile", type: "string", required: true, visible: "web", description: "The blend file" },
        { key: "scene", type: "string", required: true, eval: "C.scene.name", visible: "web",
          description: "The scene that is rendered" },
        { key: "format", type: "string", required: true, eval: "C.scene.render.image_settings.file_format",
          visible: "web", description: "File format of the frames" },
    ],
};

// Formats whose frames are one file: chunks of it would overwrite each other.
const FILM_FORMATS = ["FFMPEG", "AVI_RAW", "AVI_JPEG"];

// Runs after the blend file is loaded. A failing expression ends Blender with the exit code given before it.
const NEEDS_THE_EXTENSION =
    "import bpy; assert hasattr(bpy.types.Object, 'blobgan'), 'Enable the BlobGAN extension on this worker'";

function compileJob(job) {
    const settings = job.settings;
    if (FILM_FORMATS.includes(settings.format)) {
        throw new Error(`${settings.format} is a film in one file, which cannot be rendered in chunks: choose PNG or OpenEXR`);
    }
    settings.render_output_path = outputPath(job);
    for (const chunk of frameChunker(settings.frames, settings.chunk_size)) {
        job.addTask(renderTask(settings, chunk));
    }
}

function outputPath(job) {
    const wanted = job.settings.render_output_path;
    if (!wanted) {
        throw new Error("The job has no render_output_path");
    }
    return wanted.replaceAll("{timestamp}", formatTimestampLocal(job.created));
}

function renderTask(settings, chunk) {
    const task = author.Task(`render-${chunk}`, "blender");
    task.addCommand(author.Command("blender-render", {
        exe: "{blender}",
        exeArgs: "{blenderArgs}",
        argsBefore: settings.device ? ["--python-expr", pinsDevice(settings.device)] : [],
        blendfile: settings.blendfile,
        args: [
            "--python-exit-code", "1",
            "--python-expr", NEEDS_THE_EXTENSION,
            "--scene", settings.scene,
            "--render-output", settings.render_output_path,
            "--render-format", settings.format,
            "--render-frame", chunk.replaceAll("-", ".."), // Blender's way to write a range
        ],
    }));
    return task;
}

// The worker process of BlobGAN inherits Blender's environment when it starts, which is later.
function pinsDevice(device) {
    if (!/^[a-z]+(:[0-9]+)?$/.test(device)) {
        throw new Error(`'${device}' names no device: write cpu, cuda, cuda:1 and the like`);
    }
    return `import os; os.environ['BLOBGAN_DEVICE'] = '${device}'`;
}
