"""Atelier in the browser: ``python app.py``."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

from starlette.middleware import Middleware

from studio.app import build_app
from studio.guard import FileGuard
from studio.limits import MAX_UPLOAD
from studio.theme import CSS, THEME
from stylegan import StyleTransfer, keep_freed_memory

if __name__ == "__main__":
    keep_freed_memory()
    build_app(StyleTransfer.from_pretrained()).launch(
        theme=THEME,
        css=CSS,
        max_file_size=MAX_UPLOAD,
        footer_links=["gradio", "settings"],
        run_history=False,
        ssr_mode=False,
        show_error=True,
        app_kwargs={"middleware": [Middleware(FileGuard)]},
    )
