"""Conversion of a Keras model to another format, and a check that the file gives the same answers.

Imports TensorFlow, so only `core.export.delivery` imports it, inside a function.

The LiteRT files take one image at a time, which avoids operations for dynamic shapes that
microcontrollers lack. The int8 file is full-integer, as such chips require: weights, activations,
input and output (B. Jacob et al. 2018, https://arxiv.org/abs/1712.05877). TensorFlow leaves only an
ELU in float32, between two conversions.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core import model as models
from core.architecture import INPUT_SHAPE
from core.bare_keras import keras, tf
from core.disk import refusals
from core.errors import DigitLabError
from core.export.formats import LEAST_AGREEMENT, NETWORK, Exported, Format

_ONE_IMAGE = (1, *INPUT_SHAPE)


def export(
    source: Path, wanted: Format, path: Path, typical: np.ndarray, check_images: np.ndarray
) -> Exported:
    """Write a model in a format and check the file against Keras.

    Parameters
    ----------
    source : pathlib.Path
        A ``.keras`` file.
    wanted : Format
    path : pathlib.Path
        Where it is written, in a folder of its own: files that belong to it go beside it.
    typical : float32 array, shape (n, 28, 28, 1), in [0, 1]
        Typical inputs; the range of int8 is fitted to them.
    check_images : float32 array, shape (n, 28, 28, 1), in [0, 1]
        Images on which the answers are compared.

    Returns
    -------
    Exported

    Raises
    ------
    DigitLabError
        The model cannot be loaded or converted, or the file's answers differ from Keras's: by more
        than `core.model.EXPORT_TOLERANCE` in a probability, in int8 on more than one in a hundred
        images. The caller must then discard the written files.
    """
    model = models.load(source)
    expected = np.asarray(model.predict(check_images, batch_size=100, verbose=0))
    try:
        _write(model, source, wanted, path, typical)
        found = answers(wanted, path, check_images)
    except DigitLabError:
        raise
    except Exception as fault:  # Converters and runtimes raise many kinds.
        if isinstance(fault, OSError) and refusals.is_full(fault):
            raise  # Another format would need room as well.
        kind = f"{type(fault).__name__}: {fault}".splitlines()[0][:200]
        raise DigitLabError(
            f"'{source.name}' could not be converted to {wanted.title} ({kind}): choose another "
            "format; nothing was written."
        ) from fault
    exported = Exported(
        path,
        sum(_size(path.parent / file) for file in (path.name, *wanted.files[1:])),
        float(np.abs(found - expected).max()),
        float((found.argmax(axis=1) == expected.argmax(axis=1)).mean()),
        len(check_images),
    )
    _refuse_disagreement(exported, wanted)
    return exported


def _write(
    model: keras.Model, source: Path, wanted: Format, path: Path, typical: np.ndarray
) -> None:
    match wanted.name:
        case "keras":
            shutil.copyfile(source, path)  # Includes the optimiser's state, which `load` drops.
        case "onnx":
            models.export_onnx(model, path, typical[:1])
        case "litert":
            _write_litert(model, path, {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]})
        case "litert-int8":
            _write_litert(
                model,
                path,
                {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]},
                optimizations=[tf.lite.Optimize.DEFAULT],
                representative_dataset=lambda: _one_by_one(_full_range(typical)),
                inference_input_type=tf.int8,
                inference_output_type=tf.int8,
            )
        case "weights":
            model.save_weights(path)
            (path.parent / NETWORK).write_text(model.to_json(indent=1), encoding="utf-8")
        case "savedmodel":
            model.export(path, format="tf_saved_model", verbose=False)


def _write_litert(model: keras.Model, path: Path, target: dict, **options: object) -> None:
    signature = [tf.TensorSpec(_ONE_IMAGE, tf.float32, name="image")]
    model.export(
        path,
        format="litert",
        verbose=False,
        input_signature=signature,
        target_spec=target,
        **options,
    )


def _full_range(images: np.ndarray) -> np.ndarray:
    """Add a black image with one white pixel, so that int8 maps 0 and 1 to -128 and 127."""
    dot = np.zeros_like(images[:1])
    dot[:, 14, 14] = 1
    return np.concatenate([images, dot])


def _one_by_one(images: np.ndarray) -> Iterator[list[np.ndarray]]:
    for image in images:
        yield [image[None]]  # (1, 28, 28, 1)


def answers(wanted: Format, path: Path, images: np.ndarray) -> np.ndarray:
    """Return an exported file's answers, with the same calls as its example of use.

    Parameters
    ----------
    wanted : Format
        The format of the file.
    path : pathlib.Path
    images : float32 array, shape (n, 28, 28, 1), in [0, 1]

    Returns
    -------
    float32 array, shape (n, 10)
        Probabilities.
    """
    match wanted.name:
        case "keras":
            return models.load(path).predict(images, batch_size=100, verbose=0)
        case "onnx":
            from core.reading.predictor import Predictor

            return Predictor(path).predict(images[..., 0]).probabilities
        case "weights":
            again = keras.models.model_from_json((path.parent / NETWORK).read_text("utf-8"))
            again.load_weights(path)
            return again.predict(images, batch_size=100, verbose=0)
        case "savedmodel":
            loaded = tf.saved_model.load(path)  # kept in a variable: `serve` does not keep it alive
            return np.asarray(loaded.serve(images))
        case _:
            return _litert_answers(path, images)


def _litert_answers(path: Path, images: np.ndarray) -> np.ndarray:
    # From memory: TensorFlow would keep the file open, and Windows then refuses to move it.
    interpreter = tf.lite.Interpreter(model_content=path.read_bytes(), num_threads=1)
    (image,), (answer,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.allocate_tensors()
    inputs = _quantised(images, image)
    outputs = np.empty((len(images), answer["shape"][1]), answer["dtype"])
    for index in range(len(images)):
        interpreter.set_tensor(image["index"], inputs[index : index + 1])
        interpreter.invoke()
        outputs[index] = interpreter.get_tensor(answer["index"])[0]
    if answer["dtype"] == np.float32:
        return outputs
    scale, zero_point = answer["quantization"]
    return (outputs.astype(np.float32) - zero_point) * scale


def _quantised(images: np.ndarray, tensor: dict) -> np.ndarray:
    if tensor["dtype"] == np.float32:
        return images
    scale, zero_point = tensor["quantization"]
    return np.rint(images / scale + zero_point).clip(-128, 127).astype(np.int8)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _refuse_disagreement(exported: Exported, wanted: Format) -> None:
    # Written so that a NaN fails the comparisons.
    if wanted.whole_numbers and not exported.agreement >= LEAST_AGREEMENT:
        same = round(exported.agreement * exported.n)
        raise DigitLabError(
            f"In int8 this model gives the same answer as Keras on only {same:,} of {exported.n:,} "
            f"digits, less than {LEAST_AGREEMENT:.0%}: choose litert, which keeps the exact "
            "weights; nothing was written."
        )
    if not wanted.whole_numbers and not exported.largest_difference <= models.EXPORT_TOLERANCE:
        raise DigitLabError(
            f"The {wanted.title} file differs from Keras by {exported.largest_difference:.1e} in a "
            f"probability, more than {models.EXPORT_TOLERANCE:.0e}: choose another format and "
            "please report it; nothing was written."
        )
