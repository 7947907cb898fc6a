"""What pages share and needs Streamlit: the frame around every page, caches, pictures, charts."""
