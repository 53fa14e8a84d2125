"""Runs that really learn, are really killed, go on, meet numbers that are none, and end as a model."""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawings import draw_folder
from PIL import Image
from torch import Tensor

from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.predictor import to_rgb8
from blobgan_blender.inference.torch_engine import TorchEngine
from blobgan_blender.library.card import Card, ModelConfig
from blobgan_blender.model.blobgan import BlobGAN, load_model, save_model
from blobgan_blender.training.command import main
from blobgan_blender.training.config import TrainingConfig
from blobgan_blender.training.distributed import Team
from blobgan_blender.training.errors import TrainingError
from blobgan_blender.training.pictures import Pictures
from blobgan_blender.training.trainer import BAD_STEPS, CHECKPOINT, MODEL, Trainer

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "BLOBGAN_DEVICE": "cpu"}


def trainer(config: TrainingConfig, pictures: Pictures, folder: Path) -> Trainer:
    return Trainer(config, pictures, folder, Team(0, 1, torch.device("cpu")))


def metrics(folder: Path) -> list[dict[str, Any]]:
    """The lines without what a clock says."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in ("seconds", "images_per_second")} for line in lines]


def samples(run: Trainer) -> Tensor:
    return samples_of(run.learner.average)


def samples_of(model: BlobGAN) -> Tensor:
    config = model.config
    z = torch.from_numpy(z_from_seed(0, 64, config.d_noise))
    noise = [torch.from_numpy(map_) for map_ in noise_from_seed(0, config.resolution)]
    with torch.no_grad():
        return model.generator(model.layout_net(z), noise)


def test_it_learns_sixteen_pictures(config: TrainingConfig, pictures: Pictures, tmp_path: Path) -> None:
    run = trainer(dataclasses.replace(config, log_every=10, max_images=110 * 8), pictures, tmp_path)
    real = torch.from_numpy(np.array(pictures.rows)).permute(0, 3, 1, 2) / 127.5 - 1

    def distances() -> tuple[float, float]:
        """From a sample to the nearest picture, root mean square; between mean colours."""
        made = samples(run)
        nearest = torch.cdist(made.flatten(1), real.flatten(1)).min(dim=1).values.mean() / made[0].numel() ** 0.5
        return nearest.item(), (made.mean(dim=(0, 2, 3)) - real.mean(dim=(0, 2, 3))).norm().item()

    before = distances()
    run.run()
    after = distances()
    assert after[0] < 0.65 * before[0]
    assert after[1] < 0.4 * before[1]
    lines = metrics(tmp_path)
    assert [line["images"] for line in lines] == list(range(80, 881, 80))
    assert lines[-1]["real"] > lines[-1]["fake"] + 0.2, "the discriminator tells them apart"

    # What it leaves is a model that Blender loads.
    predictor = TorchEngine("cpu").load(tmp_path / MODEL)
    assert predictor.card.extra["images"] == 880
    assert predictor.card.training_data == "16 pictures in drawings"
    assert (tmp_path / MODEL).stat().st_size < 2.2 * sum(p.numel() for p in run.learner.average.parameters()), "float16"
    layout = predictor.sample(z_from_seed(0, 2, config.d_noise), 0.0)
    picture = to_rgb8(predictor.render(layout, noise_from_seed(0, config.resolution)))
    wanted = to_rgb8(samples(run)[:2].numpy())
    assert np.abs(picture.astype(int) - wanted.astype(int)).mean() < 2
    latents = run.learner.average.layout_net.latent(torch.from_numpy(z_from_seed(0, 10_000, config.d_noise)))
    found = predictor.sample(z_from_seed(5, 1, config.d_noise), 1.0)
    mean = run.learner.average.layout_net.read(
        run.learner.average.layout_net.mlp[-1](latents.mean(dim=0, keepdim=True))
    )
    assert np.allclose(found.xs, mean.xs.detach().numpy(), atol=5e-3)

    side = config.resolution
    for kind, size in (("samples", (8 * side, 8 * side)), ("edits", (5 * side, 12 * side))):
        with Image.open(tmp_path / "sheets" / f"000000k-{kind}.webp") as sheet:
            assert sheet.size == size
            assert np.asarray(sheet).std() > 10


def options(drawings: Path, out: Path, config: TrainingConfig, *more: str) -> list[str]:
    path = out.with_suffix(".json")
    config.write(path)
    return [
        "--data", str(drawings), "--out", str(out), "--cache", str(out.parent / "cache"), "--config", str(path), *more,
    ]  # fmt: skip


def test_a_killed_run_goes_on_and_follows_the_same_curve(
    config: TrainingConfig, pictures: Pictures, drawings: Path, tmp_path: Path
) -> None:
    config = dataclasses.replace(config, max_images=14 * 8, cool_down=9 * 8, checkpoint_minutes=0.0)
    straight = trainer(config, pictures, tmp_path / "straight")
    straight.run()

    killed = tmp_path / "killed"
    command = [sys.executable, "-m", "blobgan_blender.training", *options(drawings, killed, config)]
    process = subprocess.Popen(command, env=ENVIRONMENT)
    until = time.monotonic() + 90
    while not ((killed / "metrics.jsonl").exists() and len(metrics(killed)) >= 3):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(metrics(killed)) < 7, "it was killed on the way"

    subprocess.run(command, env=ENVIRONMENT, check=True, timeout=100)
    assert metrics(killed) == metrics(tmp_path / "straight")
    resumed = trainer(config, pictures, killed)
    assert resumed.resume()
    for name, tensor in straight.learner.average.state_dict().items():
        assert torch.equal(resumed.learner.average.state_dict()[name], tensor), name


def test_time_ends_a_run_with_a_checkpoint(
    config: TrainingConfig, drawings: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "run"
    assert main(options(drawings, out, config, "--minutes", "0.0001")) == 0
    assert (out / CHECKPOINT).exists()
    assert (out / MODEL).exists()
    assert json.loads((out / "data.json").read_text())["count"] == 16


def test_gradients_that_are_no_numbers_are_skipped_then_end_the_run(
    config: TrainingConfig, pictures: Pictures, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = trainer(dataclasses.replace(config, log_every=5), pictures, tmp_path)
    run.train_step()
    before = {name: tensor.clone() for name, tensor in run.learner.model.state_dict().items()}
    with torch.no_grad():
        run.learner.discriminator.final_linear[1].bias.fill_(torch.nan)
    with pytest.raises(TrainingError, match="updates in a row were skipped"):
        run.run()
    assert "10 updates were skipped" in caplog.text, "five steps of both networks"
    assert run.step <= 1 + BAD_STEPS + 5
    for name, tensor in run.learner.model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert not (tmp_path / CHECKPOINT).exists(), "a sick run replaces no checkpoint"
    # One bad step is forgotten by the next good one.
    with torch.no_grad():
        run.learner.discriminator.final_linear[1].bias.zero_()
    run.train_step()
    assert not torch.equal(run.learner.model.layout_net.mlp[8].weight, before["layout_net.mlp.8.weight"])


def test_the_learning_rates_fall_to_nothing_in_the_end(
    config: TrainingConfig, pictures: Pictures, tmp_path: Path
) -> None:
    def strides(cool_down: int) -> list[Tensor]:
        """How far each of eight steps takes the weights: of both networks, the farthest."""
        run = trainer(dataclasses.replace(config, max_images=8 * 8, cool_down=cool_down), pictures, tmp_path)
        found = []
        for _ in range(8):
            modules = (run.learner.model, run.learner.discriminator)
            before = [[parameter.detach().clone() for parameter in module.parameters()] for module in modules]
            run.train_step()
            found.append(
                torch.stack(
                    [
                        max((new - old).abs().max() for new, old in zip(module.parameters(), olds, strict=True))
                        for module, olds in zip(modules, before, strict=True)
                    ]
                )
            )
        return found

    plain, cooled = strides(0), strides(4 * 8)
    assert all(map(torch.equal, plain[:5], cooled[:5])), "all but the last four steps are as they were"
    for left, wide, narrow in zip((3, 2, 1), plain[5:], cooled[5:], strict=True):
        assert torch.allclose(narrow, wide * left / 4, rtol=0.3), (left, wide, narrow)


@pytest.mark.parametrize("sick", ["discriminator", "model"])
def test_one_network_alone_without_gradients_ends_the_run(
    config: TrainingConfig, pictures: Pictures, tmp_path: Path, sick: str
) -> None:
    run = trainer(dataclasses.replace(config, log_every=BAD_STEPS, max_images=BAD_STEPS * 8), pictures, tmp_path)
    parameter = next(getattr(run.learner, sick).parameters())
    parameter.register_hook(lambda gradient: gradient * torch.nan)
    with pytest.raises(TrainingError, match=f"{BAD_STEPS} updates in a row were skipped"):
        run.run()
    assert metrics(tmp_path)[0]["skipped"] == BAD_STEPS, "the other network learned"


@pytest.mark.parametrize("change", [{"loss": "relativistic", "r2_gamma": 2.0}, {"augment": "on", "flip": "on"}])
def test_other_ways_to_learn_take_steps(
    config: TrainingConfig, pictures: Pictures, tmp_path: Path, change: dict[str, Any]
) -> None:
    run = trainer(dataclasses.replace(config, max_images=16, **change), pictures, tmp_path)
    run.run()
    line = metrics(tmp_path)[0]
    numbers = ["loss_d", "loss_g", "grad_d", "grad_g", "r1"] + (["r2"] if change.get("r2_gamma") else [])
    assert all(line[name] > 0 for name in numbers)
    assert line["skipped"] == 0


def test_a_batch_in_parts_has_the_gradients_of_the_whole(config: TrainingConfig, pictures: Pictures) -> None:
    """The real pictures' share: the generated ones are other ones."""
    learner = trainer(config, pictures, Path()).learner
    real = learner._loader.batch(np.arange(8))

    def penalty_gradient(at_once: int) -> Tensor:
        learner._at_once = at_once
        learner._random.manual_seed(0)
        learner.discriminator.zero_grad()
        learner.config = dataclasses.replace(config, r1_gamma=1e6)  # drowns the loss, whose noise differs
        learner._teach_discriminator(real, penalise=True)
        grad = learner.discriminator.convs[0][0].weight.grad
        assert grad is not None
        return grad.clone()

    whole, parts = penalty_gradient(8), penalty_gradient(4)
    assert torch.nn.functional.cosine_similarity(whole.flatten(), parts.flatten(), dim=0) > 0.99
    assert parts.norm() / whole.norm() == pytest.approx(1, abs=0.05)


def test_what_fits_the_memory_is_sought_beside_adams_states(config: TrainingConfig, pictures: Pictures) -> None:
    learner = trainer(config, pictures, Path()).learner
    before = {name: tensor.clone() for name, tensor in learner.tensors().items()}
    learner.fit_memory()
    after = learner.tensors()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    states = [tensor for name, tensor in after.items() if name.startswith("optimizer_")]
    parameters = [*learner.model.parameters(), *learner.discriminator.parameters()]
    assert len(states) == 3 * len(parameters), "two moments and the number of the step"
    assert not any(state.any() for state in states), "and it has taken none"


# What is refused


def test_memory_that_runs_out_ends_in_a_sentence(
    config: TrainingConfig, drawings: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Of such a width a layer takes petabytes.
    width = ("--discriminator-width", str(1 << 20), "--discriminator-most", str(1 << 30))
    assert main(options(drawings, tmp_path / "run", config, *width)) == 1
    assert "The memory ran out. End other programs" in caplog.text


def test_a_run_of_another_architecture_is_refused(
    config: TrainingConfig, pictures: Pictures, drawings: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "run"
    out.mkdir()
    trainer(config, pictures, out).save()
    saved = (out / CHECKPOINT).read_bytes()
    assert main(options(drawings, out, config, "--blobs", "5")) == 1
    assert "another architecture: its blobs is 4, not 5" in caplog.text
    assert main(options(drawings, out, config, "--batch", "16")) == 1
    assert "a batch of 8, not 16" in caplog.text
    (out / CHECKPOINT).write_bytes(saved[: len(saved) // 2])
    assert main(options(drawings, out, config)) == 1
    assert "damaged" in caplog.text


def test_few_pictures_and_no_folder_end_in_a_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = draw_folder(tmp_path / "three", 3)
    assert main(["--data", str(data), "--out", str(tmp_path / "run"), "--tiny"]) == 1
    assert "holds 3 pictures; training needs 16 at least" in caplog.text
    assert main(["--data", str(data)]) == 1
    assert "A run needs a folder" in caplog.text


def test_a_full_disk_keeps_the_checkpoint_before(config: TrainingConfig, pictures: Pictures, tmp_path: Path) -> None:
    run = trainer(config, pictures, tmp_path)
    run.save()
    before = (tmp_path / CHECKPOINT).read_bytes()
    run.train_step()
    # A file may not grow beyond half of it: to a program that is a disk running full.
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(BlobGANError, match="cannot be written"):
            run.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [CHECKPOINT]


def test_luggage_is_small_and_goes_on(
    config: TrainingConfig, pictures: Pictures, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = trainer(config, pictures, tmp_path)
    run.train_step()
    run.save()
    (tmp_path / "there").mkdir()
    luggage = tmp_path / "there" / CHECKPOINT
    assert main(["--out", str(tmp_path), "--luggage", str(luggage)]) == 0
    assert luggage.stat().st_size < 0.2 * (tmp_path / CHECKPOINT).stat().st_size
    there = trainer(config, pictures, tmp_path / "there")
    assert there.resume()
    assert there.step == 1
    for module in (there.learner.model, there.learner.average):
        assert torch.allclose(samples_of(module), samples_of(run.learner.model), atol=2e-2)
    there.train_step()
    assert not there.learner.bad.any()


def test_luggage_goes_on_with_other_blobs(config: TrainingConfig, pictures: Pictures, tmp_path: Path) -> None:
    run = trainer(config, pictures, tmp_path)
    run.save()
    luggage, there, order = tmp_path / "luggage.safetensors", tmp_path / "there", [2, 0, 1, 3]
    there.mkdir()
    assert main(["--out", str(tmp_path), "--luggage", str(luggage)]) == 0
    change = [sys.executable, "-m", "scripts.lease.other_blobs", str(luggage), str(there / CHECKPOINT)]
    change += ["--ab-norm", "0.01", "--raise-sizes", "0.5", "--sharpen", "2", "--order", *map(str, order)]
    done = subprocess.run(change, env=ENVIRONMENT, check=True, timeout=110, capture_output=True, text=True)
    assert done.stdout == "--ab-norm 0.005\n"
    with pytest.raises(TrainingError, match="its ab_norm is 0.005"):
        trainer(config, pictures, there).resume()
    on = trainer(dataclasses.replace(config, ab_norm=0.005), pictures, there)
    assert on.resume()
    z = torch.randn(4, config.d_noise, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before, after = (one.learner.model.layout_net(z) for one in (run, on))
    assert torch.allclose(after.sizes[:, 1:], 2 * (before.sizes[:, 1:][:, order] + 0.5), atol=0.04)
    assert torch.allclose(after.sizes[:, 0], before.sizes[:, 0], atol=0.02)
    assert torch.allclose(after.covs, before.covs[:, order] * (0.005 / config.ab_norm), atol=1e-4)
    assert torch.allclose(after.xs, before.xs[:, order], atol=1e-2)
    for field in ("features", "spatial_style"):
        first, then = getattr(before, field), getattr(after, field)
        assert torch.allclose(then[:, 0], first[:, 0], atol=0.02)
        assert torch.allclose(then[:, 1:], first[:, 1:][:, order], atol=0.02)
    on.train_step()
    assert not on.learner.bad.any()


def test_a_model_without_its_idle_blobs_draws_what_the_others_draw(tmp_path: Path) -> None:
    model, other = tmp_path / "model.safetensors", tmp_path / "fewer.safetensors"
    whole = BlobGAN(ModelConfig(resolution=32, blobs=4, d_noise=8, hidden=16, d_in=8, d_style=8, c_model=4)).eval()
    save_model(whole, model, Card("whole", "", whole.config, "CC0-1.0", "random weights"))
    keep = [3, 1]
    command = [sys.executable, "-m", "scripts.lease.keep_blobs", str(model), str(other), *map(str, keep)]
    subprocess.run(command, env=ENVIRONMENT, check=True, timeout=110)
    fewer, card = load_model(other)
    assert (card.name, card.architecture.blobs) == ("whole", 2)
    z = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before, after = whole.layout_net(z), fewer.layout_net(z)
    for field in ("xs", "ys", "covs"):
        assert torch.allclose(getattr(after, field), getattr(before, field)[:, keep], atol=1e-5)
    for field in ("sizes", "features", "spatial_style"):
        rows = [0, *(blob + 1 for blob in keep)]
        assert torch.allclose(getattr(after, field), getattr(before, field)[:, rows], atol=1e-5)
    twice = subprocess.run([*command, "3"], check=False, env=ENVIRONMENT, capture_output=True, text=True, timeout=110)
    assert "must name some of 4 blobs, none twice" in twice.stderr


def test_a_widened_model_draws_the_same_pictures_and_learns_with_its_new_channels(tmp_path: Path) -> None:
    model, other = tmp_path / "model.safetensors", tmp_path / "wider.safetensors"
    narrow = BlobGAN(ModelConfig(resolution=32, blobs=4, d_noise=8, hidden=16, d_in=8, d_style=8, c_model=4)).eval()
    save_model(narrow, model, Card("narrow", "", narrow.config, "CC0-1.0", "random weights"))
    command = [sys.executable, "-m", "scripts.lease.widen", str(model), str(other), "--c-model"]
    subprocess.run([*command, "5"], env=ENVIRONMENT, check=True, timeout=110)
    wider, card = load_model(other)
    assert (card.name, card.architecture.c_model) == ("narrow", 5)
    z = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    noise = narrow.generator.fresh_noise(z)
    with torch.no_grad():
        before = narrow.generator(narrow.layout_net(z), noise)
    after = wider.requires_grad_(True).generator(wider.layout_net(z), noise)
    assert torch.allclose(after, before, atol=1e-4)
    after.square().sum().backward()
    for name, parameter in wider.generator.named_parameters():
        if name.endswith("modulation.bias") and name != "conv1.conv.modulation.bias":  # that one's inputs are no wider
            gradient = parameter.grad
            assert gradient is not None
            assert gradient[len(narrow.state_dict()[f"generator.{name}"]) :].abs().min() > 0, name
    refused = subprocess.run([*command, "4"], check=False, env=ENVIRONMENT, capture_output=True, text=True, timeout=110)
    assert "--c-model must be more than the model's own 4" in refused.stderr


def test_two_processes_train_one_model(config: TrainingConfig, drawings: Path, tmp_path: Path) -> None:
    config = dataclasses.replace(config, max_images=32)
    out = tmp_path / "run"
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    # What --standalone does, by number: a bare Debian has no file that says where "localhost" is.
    launch += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", "--local-addr", "127.0.0.1"]
    command = [*launch, "-m", "blobgan_blender.training", *options(drawings, out, config)]
    subprocess.run(command, env=ENVIRONMENT, check=True, timeout=110)
    assert [line["images"] for line in metrics(out)] == [16, 32]
    assert TorchEngine("cpu").load(out / MODEL).card.extra["images"] == 32
