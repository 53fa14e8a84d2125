"""The loaded models, and what is done when they or their pictures do not fit into the memory.

Whatever fails for want of memory is tried once more with all else let go. After that a *final* picture fails, for a
job's pictures are alike to the byte only on one device in one precision; *live* pictures go on with a lighter engine.
"""

from __future__ import annotations

import gc
import logging
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..inference.engine import Engine, is_out_of_memory, trim_heap
from ..inference.predictor import Predictor

logger = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Predictor], T]

MODELS_KEPT = 2  # loaded models: the one in use and the one compared with


class Models:
    """Models by their hash, loaded when they are needed.

    Attributes:
        engine: what draws final pictures, and live ones as long as they fit.
        live_engine: what draws live pictures: a lighter one once they did not fit.
        notice: what had to be done about the memory, a sentence for the panel; empty if nothing.
    """

    def __init__(self, engine: Engine, report: Callable[[float, str], None]) -> None:
        """Load nothing yet; `report` hears of each load."""
        self.engine = self.live_engine = engine
        self.notice = ""
        self._report = report
        self._loaded: OrderedDict[tuple[str, Engine], Predictor] = OrderedDict()  # by hash and engine, the newest last

    def loaded(self, sha256: str) -> Predictor | None:
        """The model that draws final pictures, if it is there."""
        return self._loaded.get((sha256, self.engine))

    def final(self, path: Path, sha256: str, work: Work[T]) -> T:
        """Do what needs a model. Raises `ModelFileError`, and whatever `work` raises: want of memory too."""
        return self._roomily(self.engine, path, sha256, work)

    def live(self, path: Path, sha256: str, work: Work[T]) -> T:
        """The same for a live picture, with as light an engine as the memory asks for."""
        while True:
            try:
                return self._roomily(self.live_engine, path, sha256, work)
            except Exception as error:
                lighter = self.live_engine.lighter() if is_out_of_memory(error) else None
                if lighter is None:
                    raise
            self.free()
            self.live_engine = lighter
            self._note(
                f"The memory of {self.engine.device} is full: live pictures are drawn on {lighter.device}. Final ones "
                "are not, and may fail. Close other programs, then press Release GPU Memory."
            )

    def together(self, path: Path, sha256: str, work: Work[T]) -> T:
        """The same for several final pictures, in smaller batches if a batch of them does not fit."""
        while True:
            try:
                return self.final(path, sha256, work)
            except Exception as error:
                predictor = self.loaded(sha256)
                if predictor is None or predictor.batch == 1 or not is_out_of_memory(error):
                    raise
            predictor.shrink_batch()
            self._note(
                f"The memory of {self.engine.device} is short: frames are drawn {predictor.batch} at a time. They are "
                "the same to the byte, and take longer."
            )

    def rest(self) -> bool:
        """See `Predictor.rest`."""
        busy = [each.rest() for each in self._loaded.values()]  # each is asked, whatever another one says
        return any(busy)

    def free(self, but: Predictor | None = None) -> None:
        """Let go of all that can be made again."""
        self._loaded = OrderedDict((key, each) for key, each in self._loaded.items() if each is but)
        gc.collect()  # a picture that failed may be held by its own traceback
        self.engine.free_memory()
        trim_heap()

    def _roomily(self, engine: Engine, path: Path, sha256: str, work: Work[T]) -> T:
        try:
            return work(self._model(engine, path, sha256))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            logger.info("memory of %s ran out: once more, with all else let go", engine.device)
        # Out here, where the error no longer holds on to what its frames had allocated.
        self.free(but=self._loaded.get((sha256, engine)))
        return work(self._model(engine, path, sha256))

    def _model(self, engine: Engine, path: Path, sha256: str) -> Predictor:
        key = (sha256, engine)
        if key not in self._loaded:
            self._report(0.0, f"Loading {path.stem}")
            while len(self._loaded) >= MODELS_KEPT:
                self._loaded.popitem(last=False)
            self._loaded[key] = engine.load(path, sha256)
            self._report(0.9, f"Loaded {path.stem}")
        self._loaded.move_to_end(key)
        return self._loaded[key]

    def _note(self, sentence: str) -> None:
        logger.warning("%s", sentence)
        self.notice = sentence
