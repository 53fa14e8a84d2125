"""The decoder as an ONNX graph: `inference.decoder`'s arithmetic for one layout, its weights named and not contained.

A graph depends on an architecture only. The weights stay in the model's safetensors file and are handed to the session
by name (`inference.folding`), so a model is one set of weights with one hash, whichever engine draws it.

Inputs, all float32, for M blobs:
    features (M+1, d_in): structures φ
    splat_R (M+1, R, R): the composited opacities at each side R = 16, 32, … in pixels
    style_K (C, M+1): what convolution K's modulation makes of the styles ψ
    gram_K (M+1, M+1): the Gram matrix of style_K over its channels, divided by C; where K normalises
    noise_I (1, 1, R, R): the maps of `core.seeds.noise_from_seed`
Output:
    image (1, 3, resolution, resolution), about [-1, 1], unclamped

Building a graph takes the package onnx; drawing with one takes none but onnxruntime.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ..library.architecture import COARSEST
from ..library.card import ModelConfig
from .folding import Convolution, convolutions

OPSET = 17
IR_VERSION = 8  # what onnxruntime 1.15 reads
_FIR = np.array([1, 3, 3, 1], np.float32) / 4  # gain 2 each way: what inserted zeros take


def decoder_graph(config: ModelConfig, shapes: Mapping[str, tuple[int, ...]]) -> bytes:
    """The graph of an architecture as ONNX writes it.

    Args:
        config: the architecture.
        shapes: of `folding.folded_weights`, by name.
    """
    return _Builder(config, shapes).model().SerializeToString()


class _Builder:
    """Nodes, inputs and initializers of one graph, in the order in which they are drawn."""

    def __init__(self, config: ModelConfig, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self._config, self._shapes = config, shapes
        self._nodes: list[onnx.NodeProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._initializers: list[TensorProto] = []

    def model(self) -> onnx.ModelProto:
        config = self._config
        sides = [COARSEST << octave for octave in range(config.octaves + 1)]
        splats = {side: self._flat(self._input(f"splat_{side}", ["rows", side, side]), side) for side in sides}
        features = self._node("Transpose", self._input("features", ["rows", config.d_in]), perm=[1, 0])
        x = self._map(self._node("MatMul", features, splats[COARSEST]), config.d_in, COARSEST)
        rgb = ""
        for number, conv in enumerate(convolutions(config)):
            modulated = self._modulated(x, splats[conv.side], number, conv)
            if conv.colors:
                rgb = self._colors(modulated, rgb, conv)
            else:
                x = self._layer(modulated, conv)
        image = [config.resolution, config.resolution]
        self._nodes.append(helper.make_node("Identity", [rgb], ["image"]))
        output = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, *image])
        graph = helper.make_graph(self._nodes, "BlobGAN decoder", self._inputs, [output], self._initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)

    # The decoder's parts; a value is named by what made it

    def _modulated(self, x: str, splat: str, number: int, conv: Convolution) -> str:
        """x times the convolution's style map, which is normalised by dividing the opacities, never the channels."""
        c_from = self._shapes[conv.weight][0 if conv.up else 1]
        style = self._input(f"style_{number}", [c_from, "rows"])
        if not conv.colors:
            gram = self._input(f"gram_{number}", ["rows", "rows"])
            square = self._node("Mul", self._node("MatMul", gram, splat), splat)
            mean = self._node("ReduceSum", square, self._constant("first_axis", np.array([0])), keepdims=1)
            root = self._node("Sqrt", self._node("Add", mean, self._constant("epsilon", np.array(1e-8, np.float32))))
            splat = self._node("Div", splat, root)
        return self._node("Mul", x, self._map(self._node("MatMul", style, splat), c_from, conv.side))

    def _layer(self, x: str, conv: Convolution) -> str:
        """Convolution, noise, bias, leaky ReLU; its gain √2 lies in the weights."""
        side = conv.side
        if conv.up:
            side *= 2
            c_to = self._shapes[conv.weight][1]
            x = self._node("ConvTranspose", x, self._weight(conv.weight), kernel_shape=[3, 3], strides=[2, 2])
            x = self._filter(x, c_to, (1, 4))
            x = self._filter(x, c_to, (4, 1))
        else:
            x = self._node("Conv", x, self._weight(conv.weight), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        noise = self._input(f"noise_{conv.noise}", [1, 1, side, side])
        x = self._node("Add", x, self._node("Mul", noise, self._weight(conv.noise_weight)))
        x = self._node("Add", x, self._weight(conv.bias))
        return self._node("LeakyRelu", x, alpha=0.2)

    def _filter(self, x: str, channels: int, shape: tuple[int, int]) -> str:
        """One pass of the low-pass filter, along the axis where `shape` is 4."""
        kernel = np.broadcast_to(_FIR.reshape(1, 1, *shape), (channels, 1, *shape))
        name = self._constant(f"filter_{channels}_{shape[0]}x{shape[1]}", np.ascontiguousarray(kernel))
        pads = [1, 0, 1, 0] if shape[0] == 4 else [0, 1, 0, 1]
        return self._node("Conv", x, name, group=channels, kernel_shape=list(shape), pads=pads)

    def _colors(self, x: str, skip: str, conv: Convolution) -> str:
        """To-RGB, added to the upsampled colours of the octave before."""
        rgb = self._node("Conv", x, self._weight(conv.weight), self._weight(conv.bias), kernel_shape=[1, 1])
        if not skip:
            return rgb
        kernel = np.broadcast_to(np.outer(_FIR, _FIR), (3, 1, 4, 4))
        name = self._constant("filter_colors", np.ascontiguousarray(kernel))
        wide = self._node("ConvTranspose", skip, name, group=3, kernel_shape=[4, 4], strides=[2, 2], pads=[1, 1, 1, 1])
        return self._node("Add", rgb, wide)

    # What ONNX is made of

    def _node(self, op: str, *values: str, **attributes: Any) -> str:
        name = f"{op}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(op, list(values), [name], name=name, **attributes))
        return name

    def _input(self, name: str, shape: list[int | str]) -> str:
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def _flat(self, value: str, side: int) -> str:
        """(rows, side, side) → (rows, side²)."""
        return self._node("Reshape", value, self._constant(f"flat_{side}", np.array([0, side * side])))

    def _map(self, value: str, channels: int, side: int) -> str:
        """(channels, side²) → (1, channels, side, side)."""
        shape = self._constant(f"map_{channels}_{side}", np.array([1, channels, side, side]))
        return self._node("Reshape", value, shape)

    def _constant(self, name: str, array: np.ndarray) -> str:
        if all(tensor.name != name for tensor in self._initializers):
            self._initializers.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def _weight(self, name: str) -> str:
        """An initializer that lies elsewhere: the session is given it."""
        tensor = TensorProto(
            name=name, data_type=TensorProto.FLOAT, dims=self._shapes[name], data_location=TensorProto.EXTERNAL
        )
        tensor.external_data.add(key="location", value="weights")
        self._initializers.append(tensor)
        return name
