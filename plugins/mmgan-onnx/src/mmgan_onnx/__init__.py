"""Makes samples with exported models of mmgan-zoo, by numpy and onnxruntime."""

from mmgan_onnx.errors import OnnxError, Unread
from mmgan_onnx.model import OnnxModel, load_onnx
from mmgan_onnx.samples import Samples
from mmgan_onnx.sound import Sound

__all__ = ["OnnxError", "OnnxModel", "Samples", "Sound", "Unread", "load_onnx"]
