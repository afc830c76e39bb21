"""Mistakes of programs that Gradio would answer with "Internal Server Error", told in its own words instead."""

from typing import Any

from gradio_client.utils import construct_args
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def told(request: Request, error: Exception) -> Response:
    """What is wrong with the names of a call's parameters; any other error goes on.

    Raises:
        Exception: the error, where it is not one about those.
    """
    place = error.__traceback__
    while place and place.tb_frame.f_code is not construct_args.__code__:
        place = place.tb_next
    if not place:
        raise error
    return JSONResponse({"detail": str(error)}, 400)


HANDLERS: dict[Any, Any] = {TypeError: told}  # for the app's ``exception_handlers``
