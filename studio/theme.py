"""How the app looks."""

import gradio as gr

THEME = gr.themes.Soft(primary_hue="orange", neutral_hue="stone", radius_size="lg")

CSS = """
.gradio-container { max-width: 1280px !important; margin: 0 auto !important; }
#intro { text-align: center; margin: 0.2rem 0 0.4rem; }
#intro h1 { font-size: 2rem; margin-bottom: 0; }
#wall .caption-label { font-size: 0.85rem; opacity: 1; }
#wall .grid-wrap { max-height: none; }
@media (max-width: 640px) {
  #intro h1 { font-size: 1.5rem; }
  #wall .grid-container { grid-template-columns: repeat(3, 1fr) !important; }
}
"""
