"""The Streamlit layer that pages share: the frame around every page, caches, pictures, charts."""
