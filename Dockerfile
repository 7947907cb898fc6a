# Digit Lab in a container: `docker compose up` builds and starts it, see compose.yaml.
# Python 3.11 is the version that the project's own figures were made with.
FROM python:3.11-slim

# Nothing under /app is written while the app runs, so everything is compiled when it is installed.
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app

# First what changes rarely: a change of the code alone installs nothing again.
COPY tools/make_venv.py tools/
COPY requirements.txt requirements.lock requirements-dev.lock ./
COPY requirements-cluster.txt requirements-cluster.lock ./
RUN UV_NO_CACHE=1 PIP_NO_CACHE_DIR=1 python tools/make_venv.py .venv --cluster

COPY streamlit_app.py router.py LICENSE ./
COPY .streamlit .streamlit
COPY core core
COPY ui ui
COPY pages pages
COPY models models
RUN python -m compileall -q core ui

# What people make lies in one volume, which belongs to the one account that the app runs under.
RUN useradd --create-home --uid 1000 digitlab && install -d -o digitlab -g digitlab /data
USER digitlab
ENV DIGIT_LAB_HOME=/data
VOLUME /data

EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD [".venv/bin/python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
# All of the container's interfaces, since Docker comes in from outside: who reaches the app is
# decided by the port that is published, in compose.yaml this machine's own alone.
CMD [".venv/bin/python", "-m", "streamlit", "run", "streamlit_app.py", "--server.address", "0.0.0.0", "--server.port", "8501"]
