"""A report as Markdown: the same tables for every model."""

from __future__ import annotations

from typing import Any

from . import edits

Row = dict[str, Any]


def tables(report: Row) -> str:
    """The report of `command.run` as text, a section after another, a row for each model or blob."""
    parts = [_head(report)]
    models = report["models"]
    if any("fidelity" in model for model in models):
        parts.append(_fidelity(models))
    if any("blobs" in model for model in models):
        parts.append(_objects(models))
    parts += [_blobs(model) for model in models if "blobs" in model]
    if any("layouts" in model for model in models):
        parts.append(_layouts(models))
    parts += [f"{model['model']}, edits:\n\n{edits.table(model['edits'])}" for model in models if "edits" in model]
    return "\n\n".join(parts)


def segmenter_table(report: Row) -> str:
    """What a segmenter knows of held-out rooms, as text."""
    iou = report["iou"]
    known = [value for value in iou.values() if value is not None]
    lines = [
        f"Segmenter: {report['steps']} steps in {report['seconds']} s; {report['held out']} held-out rooms.",
        "",
        _table(["class", "IoU"], [[name, _number(value, 3)] for name, value in iou.items()]),
        "",
        f"Mean IoU {sum(known) / len(known):.3f}.",
    ]
    return "\n".join(lines)


def _head(report: Row) -> str:
    lines = [f"Device: {report['device']}."]
    if report["data"]:
        data = report["data"]
        lines.append(
            f"Data: {data['folder']}, {data['pictures']:,} pictures, SHA-256 {data['sha256'][:16]}… ({data['hashed']})."
        )
    if report["segmenter"]:
        iou = [value for value in report["segmenter"]["iou"].values() if value is not None]
        lines.append(
            f"Segmenter: mean IoU {sum(iou) / len(iou):.3f}, {report['segmenter']['held out']} held-out rooms."
        )
    for model in report["models"]:
        seconds = {name: part["seconds"] for name, part in model.items() if isinstance(part, dict)}
        took = ", ".join(f"{name} {value} s" for name, value in seconds.items())
        lines.append(f"Model: {model['model']}, {model['resolution']}², SHA-256 {model['sha256'][:16]}…; {took}.")
    return "\n".join(lines)


def _fidelity(models: list[Row]) -> str:
    rows = []
    for model in models:
        if "fidelity" not in model:
            continue
        part = model["fidelity"]
        for network, found in part["networks"].items():
            for name, label in (("all", "generated"), ("equal", "generated, as many"), ("floor", "real (floor)")):
                one = found[name]
                real, other = one["counts"]
                rows.append(
                    [
                        *[model["model"], network, label, f"{real:,} / {other:,}", f"{one['frechet']:.4g}"],
                        *[f"{1000 * one['kernel']:.4g}", f"{one['precision']:.3f}", f"{one['recall']:.3f}"],
                        f"{found['ratio']:.2f}" if name == "equal" else "",
                    ]
                )
    part = next(model["fidelity"] for model in models if "fidelity" in model)
    title = f"Fidelity, truncation {part['truncation']}, seed {part['seed']} (these are no FID):"
    columns = ["model", "network", "against real", "N real / other", "Fréchet", "KID × 1000", "precision", "recall"]
    return f"{title}\n\n{_table([*columns, '× floor'], rows)}"


def _objects(models: list[Row]) -> str:
    rows = []
    for model in models:
        if "blobs" not in model:
            continue
        part = model["blobs"]
        summary = part["summary"]
        rows.append(
            [
                *[model["model"], part["samples"], part["truncation"], summary["classes with a blob of their own"]],
                *[summary["of these removed cleanly in 80 %"], _number(summary["clean removals of these"])],
                f"{summary['idle blobs']} of {len(part['blobs'])}",
            ]
        )
    columns = ["model", "samples", "truncation", "classes with own blob", "of these clean ≥ 0.8", "clean share", "idle"]
    return f"Blobs are objects:\n\n{_table(columns, rows)}"


def _blobs(model: Row) -> str:
    rows = []
    for row in model["blobs"]["blobs"]:
        first, second = row["first"], row["second"]
        rows.append(
            [
                *[row["blob"], f"{row['shown']:.0%}", f"{row['acts']:.0%}"],
                row["own"] or ("idle" if row["idle"] else "–"),
                *([first["class"], first["samples"], _number(first["follow"])] if first else ["–"] * 3),
                *([f"{first['leak']:.1%}", _number(first["removal"]), _number(first["clean"])] if first else ["–"] * 3),
                f"{second['class']} {second['follow']:.2f}" if second else "–",
            ]
        )
    columns = ["blob", "shown", "acts", "own", "follows most", "N", "follow", "leak", "removal", "clean", "next"]
    classes = [
        [
            *[row["class"], f"{row['present']:.0%}", ", ".join(map(str, row["blobs"])) or "–", f"{row['covered']:.0%}"],
            _number(row["clean"]) if row["blobs"] else "–",
        ]
        for row in model["blobs"]["classes"]
        if row["present"] or row["blobs"]
    ]
    by_class = _table(["class", "present", "own blobs", "at one of them", "clean"], classes)
    return f"{model['model']}, by blob and by class:\n\n{_table(columns, rows)}\n\n{by_class}"


def _layouts(models: list[Row]) -> str:
    rows = []
    for model in models:
        if "layouts" in model:
            part = model["layouts"]
            rows.append(
                [
                    *[model["model"], part["layouts"], part["truncation"]],
                    *[_number(part["summary"][name], 3) for name in ("x", "y", "size")],
                    " ".join(f"{blob['x']:.2f}/{blob['y']:.2f}" for blob in part["blobs"]),
                ]
            )
    columns = ["model", "N", "truncation", "spread x", "spread y", "spread size", "x/y of each blob"]
    return f"Layouts, standard deviations over seeds:\n\n{_table(columns, rows)}"


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _table(columns: list[str], rows: list[list[Any]]) -> str:
    cells = [columns, ["---"] * len(columns), *[[str(cell) for cell in row] for row in rows]]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)
