"""Keras's own example ``mnist_convnet``, timed until it reads 99.0 % of the test images.

    python -m bench.mnist_convnet --seed 0

The peer in ``bench/time_to_99.py``, which runs it in a process of its own. The network, optimiser,
batch size, split and number of epochs are those of
https://keras.io/examples/vision/mnist_convnet/. The example's own validation, on a tenth of the
training images, is left out. The test images are read after each epoch, off the clock. Prints
one line of JSON.
"""

import json
import os
import time

import click
import numpy as np

# The peer gets what the app's own training gets: the same threads, the same priority.
from core.worker import be_polite

GOAL = 0.99
EPOCHS = 15
BATCH = 128
VALIDATION_SPLIT = 0.1


@click.command()
@click.option("--seed", default=0, show_default=True)
@click.option("--images", type=int, help="Only the first N training images, for a quick look.")
def main(seed: int, images: int | None) -> None:
    """Train, and print epochs, accuracy and seconds as JSON."""
    be_polite()
    import keras

    from core.data import load

    data = load("mnist")
    keras.utils.set_random_seed(seed)
    fit_on = round(len(data.x_train[:images]) * (1 - VALIDATION_SPLIT))
    x_train, x_test = _scaled(data.x_train[:fit_on]), _scaled(data.x_test)
    y_train, y_test = (keras.utils.to_categorical(y) for y in (data.y_train[:fit_on], data.y_test))
    model = _network()
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    cpu_s = wall_s = accuracy = 0.0
    epoch = 0
    while accuracy < GOAL and epoch < EPOCHS:
        cpu_began, wall_began = time.process_time(), time.perf_counter()
        model.fit(
            x_train, y_train, batch_size=BATCH, initial_epoch=epoch, epochs=epoch + 1, verbose=0
        )
        cpu_s += time.process_time() - cpu_began
        wall_s += time.perf_counter() - wall_began
        epoch += 1
        _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    facts = dict(epochs=epoch, accuracy=accuracy, cpu_seconds=cpu_s, wall_seconds=wall_s)
    print(json.dumps(facts), flush=True)
    os._exit(0)  # TensorFlow's own teardown can take many seconds.


def _scaled(images: np.ndarray) -> np.ndarray:
    return np.expand_dims(images.astype("float32") / 255, -1)  # (n, 28, 28, 1)


def _network():  # -> keras.Sequential, imported only here
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


if __name__ == "__main__":
    main()
