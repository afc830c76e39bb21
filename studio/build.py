"""The whole app: tabs in one Blocks."""

import gradio as gr
from gradio.events import api
from starlette.routing import BaseRoute

from studio.gallery.restore import Restorer
from studio.gallery.store import Store
from studio.operation.metrics import Health, Metrics, watch
from studio.operation.shares import Shares, share_out
from studio.painting.every_style import EveryStyle
from studio.painting.finishing import Finishing
from studio.painting.painter import Painter
from studio.painting.showcase import Showcase
from studio.settings import KEPT_RESULTS, QUEUE_SIZE, SHARES, can_sign_in, data_folder, space_id
from studio.styles.library import StyleLibrary, new_owner_key
from studio.styles.training_queue import TrainingQueue
from studio.tabs.about import build_about
from studio.tabs.finetune.tab import FinetuneTab
from studio.tabs.gallery.tab import GalleryTab
from studio.tabs.hub_styles import HubStyles
from studio.tabs.present import Presentation
from studio.tabs.stylize.tab import StylizeTab
from studio.tabs.wiring import QUIET
from studio.wall.dataset import open_wall
from studio.web.caller import waiting, working
from studio.web.served_files import ServedFiles
from stylegan import StyleTransfer

INTRO = """# Atelier
Turn a photo into a painting. Add a photo, click a style, done."""
NOTHING_KEPT = """Your browser stores nothing for this page, so **nothing is kept on this visit**. Everything works;
download the paintings and styles that you want to have later."""
OWNER_SECRET = "atelier"  # fixed, so that a browser's key outlives a restart; the key itself is the secret


def build_app(transfer: StyleTransfer) -> tuple[gr.Blocks, list[BaseRoute]]:
    """The app around a loaded generator, with its queue set up and its threads running; and routes beside the page."""
    data = data_folder()
    library = StyleLibrary(data / "styles", transfer)
    files, store = ServedFiles(KEPT_RESULTS), Store(data / "gallery")
    painter, restorer = Painter(transfer, files, store), Restorer(transfer, library, files, store)
    every = EveryStyle(transfer, library)
    finishing, trainings = Finishing(painter), TrainingQueue(transfer, library)
    public, hub = open_wall(data / "wall", store), HubStyles(transfer, library)
    showcase = Showcase(data / "showcase", transfer)
    opening = showcase.opening()

    def styles() -> list[dict]:
        """List the built-in styles that /stylize knows: name, title, artist and year of each."""
        return [{key: getattr(s, key) for key in ("name", "title", "artist", "year")} for s in transfer.styles]

    with gr.Blocks(title="Atelier", analytics_enabled=False, delete_cache=(3600, 86400)) as app:
        gr.Markdown(INTRO, elem_id="intro")
        gr.Markdown(NOTHING_KEPT, elem_id="nothing-kept")  # seen where it is so: see FIRST_SCRIPT
        owner_key = gr.BrowserState("", storage_key="atelier-owner", secret=OWNER_SECRET)
        changed = gr.Number(0, visible="hidden")  # how often the visitor's styles have changed while the page was open
        presentation = Presentation(painter, every)
        with gr.Tabs() as tabs:
            with gr.Tab("Stylize", id="stylize"):
                stylize = StylizeTab(painter, library, restorer, finishing, opening, owner_key, changed, presentation)
                hub.build_add(owner_key, changed)
            with gr.Tab("Teach a style", id="finetune") as tab:
                finetune = FinetuneTab(trainings, library, files, owner_key, changed, stylize, tabs)
                if can_sign_in():
                    hub.build_publish(owner_key, changed)
            with gr.Tab("Gallery", id="gallery") as gallery:
                GalleryTab(painter, restorer, showcase, stylize, public, owner_key, gallery, tabs, presentation)
            with gr.Tab("About", id="about"):
                build_about(transfer.checkpoint)
                if space_id():
                    gr.DuplicateButton("Duplicate this Space", elem_id="duplicate")
        api(styles, api_name="styles")
        # The link first: the tiles are laid out for the visitor once the style is known.
        linked = app.load(stylize.recall.read_link, None, stylize.recall.from_link, **QUIET)
        linked.then(lambda key: (key or new_owner_key(), 1), owner_key, [owner_key, changed], **QUIET)
        tab.select(finetune.open, owner_key, finetune.opened, **QUIET)
    app.queue(max_size=QUEUE_SIZE, api_open=False)  # nobody paints beside the queue
    share_out(app, Shares(SHARES))
    gauges = {
        "atelier_queue_waiting": ("Events that wait for their turn", lambda: waiting(app)),
        "atelier_queue_working": ("Events that are worked on", lambda: working(app)),
        "atelier_trainings_waiting": ("Trainings that wait for their turn", lambda: trainings.waiting),
        "atelier_kept_paintings": ("Paintings in all galleries", store.count_of_all),
    }
    health = Health(painter.test)
    routes = watch(app, Metrics(gauges), health)
    health.start()
    finishing.start()
    trainings.start()
    return app, routes
