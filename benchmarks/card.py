"""Write the model card of the generator that ships, ``checkpoints/README.md``, anew from what its files tell.

    python -m benchmarks.card [--evaluation report/evaluation.json]

Its table of figures comes from ``checkpoints/evaluation.json``: near, cover, patch, layout, the pairs and pixels that
they were measured with, peers (of each name the same four), and the sha256 of the generator's file, without which they
do not count. --evaluation makes that file from a report of

    python -m stylegan evaluate --content PHOTOS/ --style PAINTINGS/ --pairs HELD_OUT.csv --perceptual VGG19 --paint \\
      --outputs "Some peer"=PEER/ --report report/
"""

import argparse
import json
from pathlib import Path

from stylegan.errors import EvaluationError
from stylegan.evaluation.measures import BY_EYE
from stylegan.evaluation.run import OWN
from stylegan.formats.checkpoint import SHIPPED, file_digest, load_checkpoint
from stylegan.hub.cards import EVALUATION_FILE, generator_card, write_card

DIGITS = 3  # of a figure


def figures(report: dict, digest: str) -> dict:
    """What the card says, from what ``evaluate`` has written.

    Raises:
        EvaluationError: our paintings are not in it, are of other weights, or are seen through our own lens.
    """
    if report.get("generator_sha256") != digest:
        raise EvaluationError(
            "The report was not painted by the generator that ships: run evaluate with --paint again."
        )
    if report["network"] != "VGG-19":
        raise EvaluationError("The generator was trained through its lens: run evaluate with --perceptual vgg19.")
    means = {
        system: {measure.name: round(of[measure.name]["mean"], DIGITS) for measure in BY_EYE}
        for system, of in report["summary"].items()
    }
    pairs = sum(row["system"] == OWN for row in report["pairs"])
    own = means.pop(OWN)
    return {"sha256": digest, **own, "pairs": pairs, "pixels": report["pixels"], "peers": means}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evaluation", type=Path, help="evaluation.json of a report, for the figures")
    arguments = parser.parse_args()
    checkpoint = load_checkpoint()
    if arguments.evaluation:
        found = figures(json.loads(arguments.evaluation.read_text(encoding="utf-8")), checkpoint.digest)
        (SHIPPED / EVALUATION_FILE).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    weights = sorted(SHIPPED.rglob("*.safetensors"))
    files = {path.relative_to(SHIPPED).as_posix(): file_digest(path) for path in weights}
    write_card(generator_card(checkpoint, "Atelier", files, preview=None, local=True), SHIPPED)


if __name__ == "__main__":
    main()
