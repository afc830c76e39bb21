"""The built-in styles: which paintings the generator knows by name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StyleInfo:
    """A named style."""

    name: str  # as used in commands
    title: str
    artist: str
    year: int
    source: str  # stem of the training picture


BUILTIN_STYLES = (
    StyleInfo("great_wave", "The Great Wave", "Katsushika Hokusai", 1831, "hokusai_the_great_wave_off_kanagawa"),
    StyleInfo("starry_night", "The Starry Night", "Vincent van Gogh", 1889, "van_gogh_the_starry_night"),
    StyleInfo("collioure", "Mountains at Collioure", "André Derain", 1905, "derain_mountains_at_collioure"),
    StyleInfo("the_kiss", "The Kiss", "Gustav Klimt", 1908, "klimt_the_kiss"),
    StyleInfo("the_revolt", "The Revolt", "Luigi Russolo", 1911, "russolo_the_revolt"),
    StyleInfo("carceri", "Imaginary Prisons", "Giovanni Battista Piranesi", 1761, "piranesi_carceri"),
    StyleInfo("red_fuji", "Red Fuji", "Katsushika Hokusai", 1831, "hokusai_fine_wind_clear_morning"),
    StyleInfo("white_star", "White Star", "Alphonse Mucha", 1899, "mucha_moet_and_chandon_white_star"),
    StyleInfo("wheat_field", "Wheat Field", "Vincent van Gogh", 1889, "van_gogh_wheat_field_with_cypresses"),
    StyleInfo("composition_vii", "Composition VII", "Wassily Kandinsky", 1913, "kandinsky_composition_vii"),
    StyleInfo("pen_drawing", "Studies of the Arm", "Leonardo da Vinci", 1510, "leonardo_studies_of_the_arm"),
    StyleInfo("autumn_school", "Autumn School", "Marianne von Werefkin", 1907, "werefkin_autumn_school"),
    StyleInfo("open_window", "Open Window, Collioure", "Henri Matisse", 1905, "matisse_open_window_collioure"),
    StyleInfo("willow_pond", "Water Lilies with Willow", "Claude Monet", 1919, "monet_water_lilies_with_willow"),
    StyleInfo("woman_with_a_hat", "Woman with a Hat", "Henri Matisse", 1905, "matisse_woman_with_a_hat"),
    StyleInfo("fulfilment", "Fulfilment", "Gustav Klimt", 1909, "klimt_fulfilment_stoclet_frieze"),
)
