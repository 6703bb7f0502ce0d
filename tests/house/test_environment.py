import os
import socket

import pytest
from django.conf import settings


def test_tests_never_use_the_var_directory_of_the_checkout() -> None:
    assert settings.BASE_DIR not in settings.VAR_DIR.parents


def test_sockets_are_closed_but_for_loopback() -> None:
    with socket.socket() as closed, pytest.raises(UserWarning, match=r"192\.0\.2\.1"):
        closed.connect(("192.0.2.1", 80))


def test_every_process_leaves_numpy_one_thread_unless_told() -> None:
    assert "OPENBLAS_NUM_THREADS" in os.environ
