"""Every recipe that the app writes comes back; whatever else a file says is no recipe, or a possible one."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.gallery.recipe import Recipe, read_query, read_recipe, read_texts
from stylegan.settings import BRUSH_RANGE, MAX_SEED, MAX_SIDE, MIN_SIDE

NAMES = st.from_regex(r"[a-z0-9_]{0,60}", fullmatch=True)
DIGESTS = st.just("") | st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
SHARES = st.floats(0, 1)
RECIPES = st.builds(
    Recipe,
    strength=SHARES,
    seed=st.integers(0, MAX_SEED),
    between=SHARES,
    keep_colors=st.booleans(),
    brush=st.floats(*BRUSH_RANGE),
    size=st.none() | st.integers(MIN_SIDE, MAX_SIDE),
    style=NAMES,
    title=st.text(max_size=200).filter(str.isprintable),
    blend=NAMES,
    mix=SHARES,
    finish=SHARES,
    pack=DIGESTS,
    blend_pack=DIGESTS,
    picture=DIGESTS,
    photo=DIGESTS,
    generator=DIGESTS,
)
LABELS = sorted({"Software", *Recipe(size=16).texts(), "Keep colors", "Blend", "Photo", "Pack", "Blend pack", "Exif"})
TEXTS = st.text(max_size=40) | st.sampled_from(
    ("0", "1", "True", "nan", "inf", "-0.0", "1_0", "١", " 1 ", "0x1", "1e5")
)


@given(recipe=RECIPES)
def test_every_recipe_comes_back_from_its_painting(recipe: Recipe, tmp_path: Path):
    Image.new("RGB", (16, 16)).save(tmp_path / "painting.png", pnginfo=recipe.chunks())
    assert read_recipe(tmp_path / "painting.png") == recipe


@given(recipe=RECIPES)
def test_a_link_says_nothing_of_pictures_and_gives_back_the_rest(recipe: Recipe):
    found = read_query(recipe.query()) or Recipe()
    assert found.query() == recipe.query()
    assert not (found.photo or found.picture or found.pack or found.title)


@given(texts=st.dictionaries(st.sampled_from(LABELS), TEXTS, max_size=5))
def test_any_texts_are_no_recipe_or_a_possible_one(texts: dict[str, str]):
    recipe = read_texts({"Software": "Atelier"} | texts)
    assert recipe is None or read_texts(recipe.texts()) == recipe


@given(texts=st.dictionaries(st.sampled_from(("style", "seed", "strength", "mix", "size", "finish", "x")), TEXTS))
def test_any_link_is_no_recipe_or_a_possible_one(texts: dict[str, str]):
    recipe = read_query(texts)
    assert recipe is None or read_query(recipe.query()) in (recipe, None)


@given(
    texts=st.lists(st.tuples(st.sampled_from(LABELS), TEXTS, st.booleans(), st.booleans()), max_size=4),
    spoilt=st.lists(st.tuples(st.integers(8, 300), st.integers(0, 255)), max_size=4),
    end=st.integers(0, 400),
)
def test_any_chunks_of_a_file_are_no_recipe_or_a_possible_one(texts, spoilt, end: int, tmp_path: Path):
    info = PngInfo()
    for label, text, packed, international in texts:
        (info.add_itxt if international else info.add_text)(label, text, zip=packed)
    path = tmp_path / "painting.png"
    Image.new("RGB", (16, 16)).save(path, pnginfo=info)
    data = bytearray(path.read_bytes())
    for at, value in spoilt:
        data[at % len(data)] = value
    path.write_bytes(data[:end] if end % 2 else data)
    recipe = read_recipe(path)
    assert recipe is None or read_texts(recipe.texts()) == recipe
