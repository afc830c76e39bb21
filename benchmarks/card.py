"""Write the model card of the generator that ships, ``checkpoints/README.md``, anew from what its files tell.

    python -m benchmarks.card

Its table of figures comes from ``checkpoints/evaluation.json``: near, cover, patch and layout (numbers), the pairs and
pixels that they were measured with, peers (of each name the same four), and the sha256 of the generator's file, without
which they do not count.
"""

from stylegan.formats.checkpoint import SHIPPED, file_digest, load_checkpoint
from stylegan.hub.cards import generator_card, write_card


def main() -> None:
    weights = sorted(SHIPPED.rglob("*.safetensors"))
    files = {path.relative_to(SHIPPED).as_posix(): file_digest(path) for path in weights}
    write_card(generator_card(load_checkpoint(), "Atelier", files, preview=None, local=True), SHIPPED)


if __name__ == "__main__":
    main()
