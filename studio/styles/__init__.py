"""The styles of a visitor, and how they are learnt."""
