"""Keep the parts of a plan alive: start, watch, restart with a growing pause, stop together."""

import os
import select
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from backfuture.local import notice
from backfuture.local.child import Child
from backfuture.local.plan import StartPlan

PATIENCE_TO_STOP = 8.0
BASE_PATIENCE = 1.5


class Supervisor:
    def __init__(self, plan: StartPlan) -> None:
        self.plan = plan
        self.children = [Child(part, plan) for part in plan.parts]
        self.is_stopping = False
        self._wake, self._write = os.pipe()
        os.set_blocking(self._write, False)
        os.set_blocking(self._wake, False)

    def run(self) -> None:
        """Stay until a signal; all children are gone afterwards."""
        self._listen_to_signals()
        started = time.monotonic()
        ready = notice.Ready(self.plan, started)
        while not self.is_stopping:
            self._start_what_is_due()
            if all(child.is_running for child in self.children):
                # Not earlier: the web's socket is open already, and asking would wait for a web that is not started.
                ready.look()
            self._sleep(min(0.1, self._pause()) if ready.is_waiting else self._pause())
            for child in self.children:
                if child.has_ended():
                    notice.say(f"{child.part.name} stopped ({child.end}); starting it again. Log: {child.log}")
        self._stop_all()

    def _listen_to_signals(self) -> None:
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        if self.is_stopping:
            for child in self.children:
                child.send(signal.SIGKILL)
        self.is_stopping = True

    def _start_what_is_due(self) -> None:
        bases_ready = all(child.is_ready() for child in self.children if child.part.is_base)
        for child in self.children:
            if child.is_due() and (child.part.is_base or bases_ready):
                child.start()
                notice.write_state(self.plan, self.children)

    def _pause(self) -> float:
        waits = [child.seconds_to_start() for child in self.children if not child.is_running]
        return max(0.05, min(waits, default=60.0))

    def _sleep(self, seconds: float) -> None:
        readable, _, _ = select.select([self._wake], [], [], seconds)
        if readable:
            os.read(self._wake, 4096)

    def _stop_all(self) -> None:
        notice.say("Stopping…")
        others = [child for child in self.children if not child.part.is_base]
        self._stop(others, PATIENCE_TO_STOP)
        self._stop([child for child in self.children if child.part.is_base], BASE_PATIENCE)
        notice.forget_state(self.plan)
        notice.say("Stopped.")

    def _stop(self, children: list[Child], patience: float) -> None:
        for child in children:
            child.send(signal.SIGTERM)
        deadline = time.monotonic() + patience
        while any(child.is_alive() for child in children) and time.monotonic() < deadline:
            self._sleep(0.1)
        for child in children:
            child.send(signal.SIGKILL)
            child.wait()


def main(argument: str) -> None:
    path = Path(argument)
    plan = StartPlan.load(path.read_text())
    path.unlink()
    os.chdir(plan.root)
    Supervisor(plan).run()


if __name__ == "__main__":
    main(sys.argv[1])
