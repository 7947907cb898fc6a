"""Examples of use: ten lines per format that read ``digit.png`` and print the model's answer.

They need only the packages named in their second line, and nothing of Digit Lab. The tests run each
with a real exported file.
"""

import io
from string import Template

import numpy as np

from core.export.formats import NETWORK, Format

NAME = "example.py"  # in an archive, where each model has a folder of its own
PICTURE = "digit.png"

_EXAMPLES = {
    "keras": """\
# Reads the digit in digit.png: 28 x 28 pixels, white on black, in MNIST's size and place.
# Once: pip install keras tensorflow pillow

import keras
import numpy as np
from PIL import Image

pixels = np.asarray(Image.open("digit.png").convert("L"), np.float32) / 255  # (28, 28)
model = keras.saving.load_model($file)
probabilities = model.predict(pixels[None, :, :, None], verbose=0)[0]
digit = probabilities.argmax()
print(f"{digit}, {probabilities[digit]:.1%} sure")
""",
    "onnx": """\
# Reads the digit in digit.png: 28 x 28 pixels, white on black, in MNIST's size and place.
# Once: pip install onnxruntime numpy pillow

import numpy as np
import onnxruntime
from PIL import Image

pixels = np.asarray(Image.open("digit.png").convert("L"), np.float32) / 255  # (28, 28)
model = onnxruntime.InferenceSession($file)
probabilities = model.run(["probabilities"], {"image": pixels[None, :, :, None]})[0][0]
digit = probabilities.argmax()
print(f"{digit}, {probabilities[digit]:.1%} sure")
""",
    "litert": """\
# Reads the digit in digit.png: 28 x 28 pixels, white on black, in MNIST's size and place.
# Once: pip install ai-edge-litert numpy pillow

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

pixels = np.asarray(Image.open("digit.png").convert("L"), np.float32) / 255  # (28, 28)
model = Interpreter($file).get_signature_runner()
probabilities = model(image=pixels[None, :, :, None])["output_0"][0]
digit = probabilities.argmax()
print(f"{digit}, {probabilities[digit]:.1%} sure")
""",
    "litert-int8": """\
# Reads the digit in digit.png: 28 x 28 pixels, white on black, in MNIST's size and place.
# Once: pip install ai-edge-litert numpy pillow
# In: int8 (1, 28, 28, 1), pixel - 128 for pixels from 0 to 255 (scale 1/255, zero point -128).
# Out: int8 (1, 10), probability = (value + 128) / 256 (scale 1/256, zero point -128).

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

pixels = np.asarray(Image.open("digit.png").convert("L"), np.int16)  # (28, 28)
model = Interpreter($file).get_signature_runner()
values = model(image=(pixels - 128).astype(np.int8)[None, :, :, None])["output_0"][0]
probabilities = (values.astype(np.float32) + 128) / 256
digit = probabilities.argmax()
print(f"{digit}, {probabilities[digit]:.1%} sure")
""",
    "weights": """\
# Reads the digit in digit.png: 28 x 28 pixels, white on black, in MNIST's size and place.
# Once: pip install keras tensorflow pillow

from pathlib import Path

import keras
import numpy as np
from PIL import Image

pixels = np.asarray(Image.open("digit.png").convert("L"), np.float32) / 255  # (28, 28)
model = keras.models.model_from_json(Path($network).read_text())  # has learned nothing yet
model.load_weights($file)
probabilities = model.predict(pixels[None, :, :, None], verbose=0)[0]
digit = probabilities.argmax()
print(f"{digit}, {probabilities[digit]:.1%} sure")
""",
    "savedmodel": """\
# Reads the digit in digit.png: 28 x 28 pixels, white on black, in MNIST's size and place.
# Once: pip install tensorflow pillow

import numpy as np
import tensorflow as tf
from PIL import Image

pixels = np.asarray(Image.open("digit.png").convert("L"), np.float32) / 255  # (28, 28)
model = tf.saved_model.load($file)
probabilities = model.serve(pixels[None, :, :, None]).numpy()[0]
digit = probabilities.argmax()
print(f"{digit}, {probabilities[digit]:.1%} sure")
""",
}


def name_beside(file: str) -> str:
    """Return the name of the example beside an exported file: several files may share a folder.

    Examples
    --------
    >>> name_beside("model.tflite")
    'example-model.tflite.py'
    """
    return f"example-{file}.py"


def example(wanted: Format, file: str) -> str:
    """Return the program that uses a model of this format in a file of this name."""
    return Template(_EXAMPLES[wanted.name]).substitute(file=repr(file), network=repr(NETWORK))


def picture() -> bytes:
    """Return a digit for the example, a 3 in 28x28 pixels, as a PNG file."""
    from PIL import Image

    from core.reading.normalise import as_bytes, to_mnist
    from core.strokes import digits, pen

    strokes = digits.write(3, np.random.default_rng(3))
    ink = pen.draw([200 * stroke + 140 for stroke in strokes], width=20, side=280)
    stream = io.BytesIO()
    Image.fromarray(as_bytes(to_mnist(ink))).save(stream, "PNG")
    return stream.getvalue()
