"""Long work beside Blender: one thread, its end taken in on the main thread, and none of it left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import bpy
import pytest
from processes import wait_until
from studio import other_blender, ran

from blobgan_blender import background
from blobgan_blender.background import Task
from blobgan_blender.core.errors import BlobGANError, Cancelled
from blobgan_blender.worker.jobs import Job


@pytest.fixture(autouse=True)
def idle() -> Iterator[None]:
    yield
    background.stop()
    assert threads() == []


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "blobgan-background"]


def until_cancelled(job: Job[Any]) -> None:
    """Work that has no end."""
    job.report(0.25, "a quarter")
    while not job.done():
        time.sleep(0.005)


def over() -> bool:
    return not background.pump()


def test_what_the_thread_returns_is_finished_on_the_main_thread() -> None:
    where: list[str] = []

    def work(_job: Job[str]) -> str:
        where.append(threading.current_thread().name)
        return "rooms"

    def finish(result: str) -> str:
        where.append(threading.current_thread().name)
        return f"Got {result}."

    background.start(Task("Getting", work, finish))
    assert wait_until(over)
    assert where == ["blobgan-background", threading.main_thread().name]
    assert background.outcome().text == "Got rooms."
    assert not background.outcome().failed


def test_how_far_it_is_and_a_way_out() -> None:
    assert not bpy.ops.blobgan.cancel_background.poll()
    background.start(Task("Waiting", until_cancelled, lambda _: "never said"))
    assert wait_until(lambda: background.going_on() == ("Waiting", 0.25, "a quarter"))
    assert background.pump()
    assert bpy.ops.blobgan.cancel_background() == {"FINISHED"}
    assert wait_until(over)
    assert background.outcome().text == "Waiting was cancelled."
    assert not background.outcome().failed
    assert background.going_on() is None


def test_one_at_a_time() -> None:
    background.start(Task("The first", until_cancelled, lambda _: ""))
    for begin in (background.start, background.run):
        with pytest.raises(BlobGANError, match="“The first” goes on just now"):
            begin(Task("The second", until_cancelled, lambda _: ""))
    background.cancel()
    assert wait_until(over)
    assert background.run(Task("The second", lambda _job: 2, lambda result: f"{result}.")) == "2."


@pytest.mark.parametrize(
    ("error", "words"),
    [(BlobGANError("No. Do that."), "No. Do that."), (KeyError("x"), "Failing failed .KeyError: 'x'")],
)
def test_what_fails_says_why(error: Exception, words: str) -> None:
    def work(_job: Job[Any]) -> None:
        raise error

    with pytest.raises(BlobGANError, match=words):
        background.run(Task("Failing", work, lambda _: ""))
    assert background.outcome().failed


def test_an_end_that_cannot_be_used_says_why() -> None:
    def finish(_result: object) -> str:
        raise BlobGANError("The canvas is gone.")

    background.start(Task("Using", lambda _job: 1, finish))
    assert wait_until(over)
    assert background.outcome().text == "The canvas is gone."
    assert background.outcome().failed


def test_cancelled_by_another_thread_a_script_hears_of_it() -> None:
    threading.Timer(0.1, background.cancel).start()
    with pytest.raises(Cancelled):
        background.run(Task("Waiting", until_cancelled, lambda _: ""))


def test_a_window_has_a_timer_only_while_it_goes_on() -> None:
    background.start(Task("Waiting", until_cancelled, lambda _: ""))
    assert bpy.app.timers.is_registered(background._tick)
    assert background._tick() == background.PERIOD
    background.cancel()
    assert wait_until(lambda: background._tick() is None)
    background.stop()
    assert not bpy.app.timers.is_registered(background._tick)


def test_it_survives_that_another_file_is_opened() -> None:
    background.start(Task("Waiting", until_cancelled, lambda _: ""))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert background.pump()


@pytest.mark.parametrize("how", ["blobgan_blender.unregister()", "pass"], ids=["disabled", "blender ends"])
def test_nothing_of_it_is_left(how: str) -> None:
    code, output, errors = ran(
        other_blender(
            f"""
            import threading, time
            from blobgan_blender import background
            def work(job):
                while not job.done():
                    time.sleep(0.01)
                print("ended")
            background.start(background.Task("Waiting", work, lambda _: ""))
            {how}
            """
        ),
        seconds=60,
    )
    assert code == 0, errors
    assert "ended" in output
