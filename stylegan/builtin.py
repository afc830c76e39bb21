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
    StyleInfo("the_scream", "The Scream", "Edvard Munch", 1893, "munch_the_scream"),
    StyleInfo("composition_vii", "Composition VII", "Wassily Kandinsky", 1913, "kandinsky_composition_vii"),
    StyleInfo("shipwreck", "The Shipwreck", "J. M. W. Turner", 1810, "turner_the_shipwreck_of_the_minotaur"),
    StyleInfo("gray_tree", "Gray Tree", "Piet Mondrian", 1911, "mondrian_gray_tree"),
    StyleInfo("water_lilies", "Water Lilies", "Claude Monet", 1906, "monet_water_lilies_1906"),
    StyleInfo("fulfilment", "Fulfilment", "Gustav Klimt", 1909, "klimt_fulfilment_stoclet_frieze"),
    StyleInfo("pink_cloud", "The Pink Cloud", "Paul Signac", 1916, "signac_the_pink_cloud_antibes"),
    StyleInfo("red_fuji", "Red Fuji", "Katsushika Hokusai", 1831, "hokusai_fine_wind_clear_morning"),
    StyleInfo("carceri", "Imaginary Prisons", "Giovanni Battista Piranesi", 1761, "piranesi_carceri"),
    StyleInfo("metzinger", "Portrait of Metzinger", "Robert Delaunay", 1906, "delaunay_portrait_of_jean_metzinger"),
)
