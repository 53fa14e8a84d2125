"""The client against stand-ins: order, faults, deadlines, and that nothing is left behind."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from processes import wait_until
from traces import traces

from blobgan_blender.core.errors import BlobGANError, LayoutError, WorkerError
from blobgan_blender.core.layout import Layout
from blobgan_blender.library.search import ModelRef
from blobgan_blender.worker.client import Worker
from blobgan_blender.worker.interpreter import Interpreter
from blobgan_blender.worker.jobs import Cancelled, Job, JobFailed, Superseded
from blobgan_blender.worker.process import Child, Endpoint
from blobgan_blender.worker.protocol import Message
from blobgan_blender.worker.python_search import find_python
from blobgan_blender.worker.state import Deadlines, WorkerState

Make = Callable[..., Worker]
StandIn = Callable[[str], Path]
Children = Callable[[], set[int]]
MODEL = ModelRef(Path("/models/any.safetensors"), "0" * 64)
SOON = Deadlines(start=1.0, reply=0.5, stop=1.5)


@pytest.fixture
def worker(make_worker: Make, stand_in: StandIn) -> Worker:
    return make_worker(stand_in("serve"))


# Starting and stopping


def test_start_and_submit_return_at_once(worker: Worker) -> None:
    began = time.perf_counter()
    worker.start()
    job = worker.submit("echo", {"x": 1})
    assert time.perf_counter() - began < 0.05
    assert worker.state is WorkerState.STARTING
    assert (worker.info, worker.device, worker.failure) == (None, None, None)
    assert job.progress == (0.0, "Starting the worker")
    assert job.result(10).header["echo"]["x"] == 1
    assert worker.state is WorkerState.READY
    assert worker.device == "stand-in"


def test_a_request_starts_a_worker(worker: Worker) -> None:
    assert worker.state is WorkerState.OFF
    sent = np.arange(6.0).reshape(2, 3)
    job = worker.submit("echo", {}, {"a": sent})
    sent[:] = -1  # the caller goes on writing
    assert np.array_equal(job.result(10).arrays["a"], np.arange(6.0).reshape(2, 3))


def test_stop_ends_the_jobs_and_the_next_request_starts_anew(worker: Worker) -> None:
    running = worker.submit("sleep", {"seconds": 600})
    waiting = worker.submit("echo", {})
    assert wait_until(lambda: worker.state is WorkerState.READY)
    began = time.perf_counter()
    worker.stop()
    assert time.perf_counter() - began < 0.5  # its listening thread ends it; nobody waits for the operation
    for job in (running, waiting):
        with pytest.raises(WorkerError, match="stopped before it answered"):
            job.result(0)
    assert (worker.state, worker.failure) == (WorkerState.OFF, None)
    worker.stop()
    assert worker.submit("echo", {}).result(10)


@pytest.mark.parametrize("behaviour", ["never-calls", "no-hello", "slow-import", "never-reads"])
def test_stop_while_it_starts(make_worker: Make, stand_in: StandIn, own_children: Children, behaviour: str) -> None:
    worker = make_worker(stand_in(behaviour), deadlines=replace(SOON, stop=0.6))
    job = worker.submit("echo", {})
    assert wait_until(own_children)
    time.sleep(0.2)
    worker.stop()
    assert own_children() == set()
    with pytest.raises(WorkerError, match="stopped"):
        job.result(0)


def test_on_windows_stop_waits_for_nothing(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe cannot be hung up there: the worker would not hear of it for as long as it is given to go by itself."""
    killed = []

    def end(child: Child, grace: float, *, kill: bool) -> None:
        killed.append(kill)
        honest(child, grace, kill=kill)

    honest = Child.end
    monkeypatch.setattr(Child, "end", end)
    worker.submit("echo", {}).result(10)
    worker.restart()
    worker.submit("echo", {}).result(10)
    assert wait_until(lambda: killed == [False])
    monkeypatch.setattr(sys, "platform", "win32")
    worker.stop()
    assert killed == [False, True]


def test_stop_while_it_looks_for_a_python(
    make_worker: Make, own_children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = tmp_path / "python"
    hangs.write_text("#!/bin/sh\nexec sleep 600\n")
    hangs.chmod(0o755)
    monkeypatch.setenv("BLOBGAN_PYTHON", str(hangs))
    worker = make_worker(find_python)
    job = worker.submit("echo", {})
    assert wait_until(own_children)
    began = time.perf_counter()
    worker.stop()
    assert time.perf_counter() - began < 0.5
    assert worker.state is WorkerState.OFF
    with pytest.raises(WorkerError):
        job.result(0)


def test_restart_returns_at_once_with_another_process(worker: Worker, own_children: Children) -> None:
    worker.submit("echo", {}).result(10)
    first = worker.info
    lost = worker.submit("sleep", {"seconds": 600})
    began = time.perf_counter()
    worker.restart()
    assert time.perf_counter() - began < 0.05
    worker.submit("echo", {}).result(10)
    assert first is not None
    assert worker.info is not None
    assert worker.info.pid != first.pid
    with pytest.raises(WorkerError):
        lost.result(5)
    assert wait_until(lambda: len(own_children()) == 1)


def test_restart_with_another_python(make_worker: Make, stand_in: StandIn) -> None:
    worker = make_worker(Path("/absent/python"))
    with pytest.raises(WorkerError, match="cannot be run"):
        worker.submit("echo", {}).result(10)
    worker.restart(stand_in("serve"))
    assert worker.submit("echo", {}).result(10)


def test_two_workers_side_by_side(worker: Worker, make_worker: Make, stand_in: StandIn) -> None:
    other = make_worker(stand_in("serve"))
    jobs = [w.submit("echo", {"n": n, "who": k}) for n in range(50) for k, w in enumerate((worker, other))]
    assert [(j.result(10).header["echo"]["n"], j.result().header["echo"]["who"]) for j in jobs] == [
        (n, k) for n in range(50) for k in range(2)
    ]
    other.stop()
    assert worker.submit("echo", {}).result(5)


def test_the_socket_is_out_of_others_reach(temporary_folder: None) -> None:
    endpoint = Endpoint()
    try:
        folder = Path(endpoint.address).parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(os.fsencode(endpoint.address)) < 100
    finally:
        endpoint.close()
    assert not folder.exists()


def test_the_key_is_not_on_the_command_line(worker: Worker) -> None:
    worker.submit("echo", {}).result(10)
    assert worker.info is not None
    process = Path("/proc") / str(worker.info.pid)
    assert b"authkey" not in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    # Nothing of ours was inherited: the standard streams, the connection, and what the process opened itself.
    assert len(list((process / "fd").iterdir())) <= 5


# Starting that fails


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("never-calls", "not ready in 1 seconds"),
        ("no-hello", "not ready in 1 seconds"),
        ("prints-and-exits", r"did not start with .*\(OSError: libtorch.so: cannot open shared object file\)"),
        ("other-version", "another version of the add-on"),
    ],
)
def test_a_worker_that_does_not_start(make_worker: Make, stand_in: StandIn, behaviour: str, words: str) -> None:
    worker = make_worker(stand_in(behaviour), deadlines=SOON)
    jobs = [worker.submit("echo", {}) for _ in range(3)]
    for job in jobs:
        with pytest.raises(WorkerError, match=words):
            job.result(10)
    assert worker.state is WorkerState.FAILED
    assert worker.failure == str(jobs[0].error())


def test_a_python_that_is_not_there(make_worker: Make) -> None:
    worker = make_worker(Path("/absent/python"))
    with pytest.raises(WorkerError, match=r"/absent/python cannot be run .* preferences"):
        worker.submit("echo", {}).result(10)


def test_a_search_that_finds_none(make_worker: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOBGAN_PYTHON", "/absent/python")
    worker = make_worker(lambda stop: find_python(stop, blender=Interpreter(Path("/other/python"))))
    with pytest.raises(WorkerError, match="No Python can run"):
        worker.submit("echo", {}).result(10)


def test_a_search_that_is_broken(make_worker: Make) -> None:
    worker = make_worker(lambda _stop: 1 / 0)
    with pytest.raises(WorkerError, match="division by zero"):
        worker.submit("echo", {}).result(10)
    assert worker.state is WorkerState.FAILED


def test_a_worker_that_always_fails_is_not_started_for_ever(make_worker: Make) -> None:
    starts = []

    def find(stop: threading.Event) -> Interpreter:
        starts.append(1)
        return Interpreter(Path("/absent/python"))

    worker = make_worker(find)
    for _ in range(3):
        with pytest.raises(WorkerError, match="cannot be run"):
            worker.submit("echo", {}).result(10)
    for _ in range(5):
        job = worker.submit("echo", {})
        assert job.done()
        with pytest.raises(WorkerError, match=r"cannot be run .* 3 times in a row: press Restart"):
            job.result(0)
    assert len(starts) == 3
    worker.restart()  # a person may always try again
    assert wait_until(lambda: len(starts) == 4)


# Dying and hanging


def test_a_killed_worker_fails_its_jobs_soon_and_is_replaced(worker: Worker) -> None:
    jobs = [worker.submit("sleep", {"seconds": 600}) for _ in range(3)]
    assert wait_until(lambda: worker.info is not None)
    assert worker.info is not None
    os.kill(worker.info.pid, signal.SIGKILL)
    began = time.perf_counter()
    for job in jobs:
        with pytest.raises(WorkerError, match=r"ended unexpectedly .*SIGKILL.*Try again"):
            job.result(5)
    assert time.perf_counter() - began < 0.5
    assert worker.state is WorkerState.FAILED
    assert worker.submit("echo", {}).result(10)
    assert worker.failure is None


def test_an_operation_that_ends_the_process(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(WorkerError, match="exit code 3"):
        worker.submit("exit", {"code": 3}).result(10)
    assert "the worker's last output:\nexit 3, on purpose" in caplog.text


def test_crashes_of_a_started_worker_are_counted_too(worker: Worker, own_children: Children) -> None:
    for _ in range(3):
        with pytest.raises(WorkerError, match="exit code"):
            worker.submit("exit", {"code": 3}).result(10)
    job = worker.submit("exit", {"code": 3})
    assert job.done()
    with pytest.raises(WorkerError, match="3 times in a row"):
        job.result()
    assert own_children() == set()


@pytest.mark.parametrize("moment", ["idle", "busy"])
def test_a_worker_that_stands_still_runs_into_the_deadline(make_worker: Make, stand_in: StandIn, moment: str) -> None:
    worker = make_worker(stand_in("serve"), deadlines=replace(SOON, start=10))
    worker.submit("echo", {}).result(10)
    assert worker.info is not None
    job = worker.submit("sleep", {"seconds": 600}) if moment == "busy" else None
    os.kill(worker.info.pid, signal.SIGSTOP)
    job = job or worker.submit("echo", {})
    began = time.perf_counter()
    with pytest.raises(WorkerError, match=r"said nothing for 0\.5 seconds"):
        job.result(10)
    assert 0.3 < time.perf_counter() - began < 2.0
    assert worker.submit("echo", {}).result(10)


def test_a_worker_that_never_reads_blocks_nobody(make_worker: Make, stand_in: StandIn) -> None:
    worker = make_worker(stand_in("never-reads"), deadlines=replace(SOON, start=10))
    assert not worker.submit("echo", {}).done()
    assert wait_until(lambda: worker.state is WorkerState.READY)
    megabyte = {"a": np.zeros(1 << 20, np.uint8)}
    began = time.perf_counter()
    jobs = [worker.submit("echo", {}, megabyte) for _ in range(20)]
    assert time.perf_counter() - began < 0.4
    for job in jobs:
        with pytest.raises(WorkerError, match="said nothing"):
            job.result(10)


def test_progress_holds_the_deadline_off(make_worker: Make, stand_in: StandIn) -> None:
    worker = make_worker(stand_in("serve"), deadlines=replace(SOON, start=10))
    job = worker.submit("steps", {"steps": 8, "seconds": 0.2})
    seen = set()
    while not job.done():
        seen.add(job.progress)
        time.sleep(0.02)
    job.result(0)
    assert (0.5, "Step 4") in seen


@pytest.mark.parametrize(("behaviour", "words"), [("garbage", "frame"), ("half-a-frame", "said nothing")])
def test_a_worker_that_speaks_nonsense(make_worker: Make, stand_in: StandIn, behaviour: str, words: str) -> None:
    worker = make_worker(stand_in(behaviour), deadlines=replace(SOON, start=10))
    with pytest.raises(WorkerError, match=words):
        worker.submit("echo", {}).result(10)
    assert worker.state is WorkerState.FAILED


def test_an_answer_that_does_not_fit_fails_its_job_only(worker: Worker) -> None:
    with pytest.raises(WorkerError, match="'card' must be dict"):
        worker.load(MODEL).result(10)
    assert worker.submit("echo", {}).result(10)


def test_a_failing_operation_leaves_the_worker_alive(worker: Worker) -> None:
    for kind, words in (("memory", "does not fit into the memory of stand-in"), ("fault", "ZeroDivisionError")):
        with pytest.raises(JobFailed, match=words) as raised:
            worker.submit("fail", {"kind": kind}).result(10)
        assert raised.value.kind == kind
    first = worker.info
    assert worker.submit("echo", {}).result(10)
    assert worker.info == first


def test_what_cannot_be_sent_fails_its_job_only(worker: Worker) -> None:
    with pytest.raises(WorkerError, match="dtype"):
        worker.submit("echo", {}, {"a": np.zeros(2, np.complex64)}).result(10)
    with pytest.raises(WorkerError, match="JSON"):
        worker.submit("echo", {"x": float("inf")}).result(10)
    assert worker.submit("echo", {}).result(10)


def test_frames_that_are_no_messages_are_answered_not_obeyed(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    worker.submit("echo", {}).result(10)
    assert worker._session is not None
    connection = worker._session._connection
    assert connection is not None
    with caplog.at_level(logging.WARNING):
        for frame in (b"", b"BGW1\x02\x00\x00\x00{]", b"\x80\x05cos\nsystem\n(S'true'\ntR."):
            connection.send_bytes(frame)
        assert worker.submit("echo", {}).result(10)
    assert caplog.text.count("which is not open") == 3


# Order: superseding, cancelling


def test_of_a_hundred_rapid_requests_the_first_and_the_newest_are_done(worker: Worker) -> None:
    first = worker.submit("steps", {"steps": 10, "seconds": 0.1}, slot="canvas")
    assert wait_until(lambda: first.progress[1] == "Step 0")  # it is begun: none takes its place any more
    jobs = [first, *(worker.submit("sleep", {"seconds": 0.1, "tag": n}, slot="canvas") for n in range(1, 100))]
    assert jobs[-1].result(10).header["tag"] == 99
    done = [n for n, job in enumerate(jobs) if job.done() and job.error() is None]
    assert done == [0, 99]
    for n, job in enumerate(jobs):
        assert job.done()
        if n not in done:
            assert isinstance(job.error(), Superseded)


def test_superseding_before_anything_is_sent(worker: Worker) -> None:
    jobs = [worker.submit("sleep", {"seconds": 0.0, "tag": n}, slot="canvas") for n in range(100)]
    assert worker.state is WorkerState.STARTING
    assert all(isinstance(job.error(), Superseded) for job in jobs[:-1])
    assert jobs[-1].result(10).header["tag"] == 99


def test_slots_do_not_touch_each_other_nor_requests_without_one(worker: Worker) -> None:
    worker.submit("echo", {}).result(10)
    worker.submit("sleep", {"seconds": 0.2})
    jobs = [worker.submit("sleep", {"seconds": 0.0, "tag": n}, slot=slot) for n, slot in enumerate("aba")]
    render = worker.submit("sleep", {"seconds": 0.0, "tag": 9})
    assert render.result(10).header["tag"] == 9
    assert isinstance(jobs[0].error(), Superseded)
    assert [job.result(10).header["tag"] for job in jobs[1:]] == [1, 2]


def test_cancelling_what_is_unsent_waiting_and_running(worker: Worker) -> None:
    unsent = worker.submit("steps", {"steps": 1000, "seconds": 0.05})
    unsent.cancel()
    running = worker.submit("steps", {"steps": 1000, "seconds": 0.05})
    waiting = worker.submit("sleep", {"seconds": 600})
    assert wait_until(lambda: running.progress[1].startswith("Step"))
    waiting.cancel()
    running.cancel()
    for job in (unsent, waiting, running):
        assert job.done()
        with pytest.raises(Cancelled):
            job.result(0)
    worker.submit("echo", {}).result(2)  # the worker is free again
    waiting.cancel()


def test_waiting_no_longer_than_asked(worker: Worker) -> None:
    worker.submit("echo", {}).result(10)
    job = worker.submit("sleep", {"seconds": 0.3})
    with pytest.raises(WorkerError, match=r"within 0\.05 seconds"):
        job.result(0.05)
    assert job.result(5)


def test_many_threads_at_once(worker: Worker) -> None:
    wrong = []

    def use(who: int) -> None:
        for n in range(40):
            slot = f"{who}" if n % 2 else None
            job = worker.submit("echo", {"n": n, "who": who}, {"a": np.full(1000, n)}, slot=slot)
            try:
                message = job.result(20)
            except BlobGANError as error:
                wrong.append(error)
                continue
            if message.header["echo"]["who"] != who or not (message.arrays["a"] == n).all():
                wrong.append(message)

    threads = [threading.Thread(target=use, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_threads_that_start_stop_and_submit(make_worker: Make, stand_in: StandIn) -> None:
    worker = make_worker(stand_in("serve"))
    jobs = []
    until = time.monotonic() + 1.5

    def use(action: Callable[[], object], pause: float) -> None:
        while time.monotonic() < until:
            action()
            time.sleep(pause)

    threads = [
        threading.Thread(target=use, args=(lambda: jobs.append(worker.submit("echo", {})), 0.01)),
        threading.Thread(target=use, args=(lambda: jobs.append(worker.submit("echo", {}, slot="a")), 0.01)),
        threading.Thread(target=use, args=(worker.stop, 0.3)),
        threading.Thread(target=use, args=(worker.start, 0.1)),
        threading.Thread(target=use, args=(worker.restart, 0.4)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worker.stop()
    assert len(jobs) > 50
    assert all(job.done() for job in jobs)


# Frames that are done together


def ask_for_frames(worker: Worker, count: int, **first: object) -> list[Job[Message]]:
    """Requests that the worker takes along with the first; what that one says holds for all, or for itself."""
    worker.submit("sleep", {"seconds": 0.2})  # they all wait by the end of this
    plain = {"seconds": 0.0, "apart": False, "fails": False}
    return [worker.submit("frame", plain | (first if index == 0 else {})) for index in range(count)]


def test_a_frame_without_memory_fails_and_those_beside_it_load_anew(worker: Worker) -> None:
    jobs = ask_for_frames(worker, 4, apart=True, fails=True)
    with pytest.raises(JobFailed, match="does not fit into the memory"):
        jobs[0].result(10)
    for job in jobs[1:]:
        assert job.result(10).header["alone"]
        assert job.progress == (0.5, "Loading again")
    assert worker.state is WorkerState.READY


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("cancelled", [0, 2])
def test_one_of_several_frames_is_cancelled_alone(
    worker: Worker, caplog: pytest.LogCaptureFixture, apart: bool, cancelled: int
) -> None:
    jobs = ask_for_frames(worker, 4, apart=apart, seconds=0.3)
    assert wait_until(lambda: jobs[0].progress[1] == "Together")
    jobs[cancelled].cancel()
    for index, job in enumerate(jobs):
        if index == cancelled:
            with pytest.raises(Cancelled):
                job.result(0)
        else:
            assert job.result(10).header["alone"] == apart
    worker.submit("echo", {}).result(10)
    assert "which is not open" not in caplog.text  # each was answered once
    assert jobs[cancelled].progress[1] != "Loading again"  # and that one was not begun


# Appearances


def expected(layout: Layout[np.ndarray]) -> float:
    return float(layout.features.sum() + layout.spatial_style.sum())


def test_a_lost_appearance_is_sent_again_unseen(worker: Worker, small_layout: Layout[np.ndarray]) -> None:
    assert worker.render(MODEL, small_layout, noise_seed=0).result(10).seconds == expected(small_layout)
    worker.submit("forget", {}).result(10)
    job = worker.render(MODEL, small_layout, noise_seed=0, slot="a")
    assert job.result(10).seconds == expected(small_layout)


def test_a_restarted_worker_gets_the_appearances(worker: Worker, small_layout: Layout[np.ndarray]) -> None:
    worker.render(MODEL, small_layout, noise_seed=0).result(10)
    worker.restart()
    assert worker.render(MODEL, small_layout, noise_seed=0).result(10).seconds == expected(small_layout)


def test_a_drag_sends_geometry_only(
    worker: Worker, small_layout: Layout[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    from blobgan_blender.worker import session

    sizes = []
    honest = session.encode

    def measure(header: dict, arrays: dict | None = None) -> bytes:
        frame = honest(header, arrays)
        sizes.append(len(frame))
        return frame

    monkeypatch.setattr(session, "encode", measure)
    wide = replace(
        small_layout,
        features=np.random.default_rng(0).normal(size=(1, 3, 768)),
        spatial_style=np.random.default_rng(1).normal(size=(1, 3, 512)),
    )
    for step in range(3):
        moved = replace(wide, xs=wide.xs + step / 10)
        assert worker.render(MODEL, moved, noise_seed=0).result(10)
    assert sizes[0] > 3 * 1280 * 4
    assert max(sizes[1:]) < 1500
    # A new style for one blob sends one row.
    styles = wide.spatial_style.copy()
    styles[0, 1] += 1
    worker.render(MODEL, replace(wide, spatial_style=styles), noise_seed=0).result(10)
    assert 1280 * 4 < sizes[-1] < 1280 * 4 + 1500


def test_an_appearance_that_changed_is_another(worker: Worker, small_layout: Layout[np.ndarray]) -> None:
    """A drag's appearances are compared with the last ones and not hashed anew: by every bit."""
    for row in (0, 2):
        for array in (small_layout.features, small_layout.spatial_style):
            array[0, row, 1] += 1
            for _ in range(2):
                drawn = worker.render(MODEL, small_layout, noise_seed=0).result(10)
                assert drawn.seconds == expected(small_layout)


def test_a_superseded_request_leaves_its_appearances(worker: Worker, small_layout: Layout[np.ndarray]) -> None:
    worker.submit("echo", {}).result(10)
    worker.submit("sleep", {"seconds": 0.2})
    first = worker.render(MODEL, small_layout, noise_seed=0, slot="a")
    time.sleep(0.05)  # sent, with its rows, and waiting over there
    second = worker.render(MODEL, small_layout, noise_seed=0, slot="a")
    assert second.result(10).seconds == expected(small_layout)
    assert isinstance(first.error(), Superseded)


def test_a_lost_request_does_not_take_the_place_of_a_newer_one(
    worker: Worker, small_layout: Layout[np.ndarray]
) -> None:
    worker.render(MODEL, small_layout, noise_seed=0).result(10)
    other = replace(small_layout, features=small_layout.features + 1)
    for _ in range(10):
        worker.submit("forget", {})
        older = worker.render(MODEL, small_layout, noise_seed=0, slot="a")
        newer = worker.render(MODEL, other, noise_seed=0, slot="a")
        assert newer.result(10).seconds == expected(other)
        assert older.done()


def test_a_layout_that_does_not_fit_itself_is_refused_at_once(worker: Worker, small_layout: Layout[np.ndarray]) -> None:
    with pytest.raises(LayoutError):
        worker.render(MODEL, replace(small_layout, ys=np.zeros((1, 3))), noise_seed=0)
    with pytest.raises(ValueError, match="one layout"):
        worker.render(MODEL, small_layout.map(lambda a: np.repeat(a, 2, axis=0)), noise_seed=0)
    with pytest.raises(ValueError, match="either a seed or z"):
        worker.sample(MODEL, truncation=0.4)
    assert worker.state is WorkerState.OFF


# Leaving nothing behind


def test_many_lives_leave_nothing_behind(make_worker: Make, stand_in: StandIn) -> None:
    before = traces()
    worker = make_worker(stand_in("serve"))
    for end in ("stop while starting", "kill", "stop while busy") * 2:
        worker.start()
        job = worker.submit("sleep", {"seconds": 600})
        if end != "stop while starting":
            assert wait_until(lambda: worker.info is not None)
        if end == "kill":
            assert worker.info is not None
            os.kill(worker.info.pid, signal.SIGKILL)
        else:
            worker.stop()
        with pytest.raises(WorkerError):
            job.result(10)
    worker.stop()
    assert traces() == before
