"""Has onnx's own checker look at every .onnx file of a folder, and prints what each says of itself, for onnx.test.ts."""

import json
import os
import sys

import onnx
import onnx.shape_inference


def described(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    types = {}
    for value in [*model.graph.input, *model.graph.output]:
        tensor = value.type.tensor_type
        shape = [size.dim_param or size.dim_value for size in tensor.shape.dim]
        types[value.name] = [onnx.TensorProto.DataType.Name(tensor.elem_type), shape]
    return {
        "ir": model.ir_version,
        "operatorSet": model.opset_import[0].version,
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
        "types": types,
        "operators": [node.op_type for node in model.graph.node],
    }


folder = sys.argv[1]
print(json.dumps({name: described(os.path.join(folder, name)) for name in os.listdir(folder)}))
