"""PyTorch's names that this package leaves out on purpose: why, and what to use instead.

A module's ``__getattr__`` raises the text for such a name. ``docs/coming-from-pytorch.md`` lists
them.
"""

from __future__ import annotations

_SAVED = "a file may come from an untrusted source and nothing in it may run code"
_NO_GPU = "values are NumPy arrays on the CPU"
_EAGER = "ops run as they are called, on NumPy"
_ONE_PROCESS = "training uses threads and forked processes of one machine"
_REAL = "tensors are real"

ABSENT = {
    "bfloat16": "NumPy has no such dtype: use float32, or float16 to save memory",
    **dict.fromkeys(
        ("complex", "complex32", "complex64", "complex128", "cfloat", "cdouble", "polar"),
        f"{_REAL}: store the real and the imaginary part in two tensors",
    ),
    **dict.fromkeys(
        ("linalg.eig", "linalg.eigvals"),
        f"{_REAL}, and eigenvalues are complex: use linalg.eigh for symmetric matrices",
    ),
    **dict.fromkeys(
        ("linalg.ldl_factor", "linalg.ldl_factor_ex", "linalg.ldl_solve"),
        "there is no factorization of indefinite symmetric matrices: use linalg.lu_factor",
    ),
    "special.airy_ai": "it is not provided: use scipy.special.airy on arrays, without gradients",
    **dict.fromkeys(
        ("stft", "istft"), f"{_REAL}: use scipy.signal.stft on arrays, without gradients"
    ),
    **dict.fromkeys(
        ("view_as_complex", "view_as_real", "fft"),
        f"{_REAL}: use numpy.fft on arrays, without gradients",
    ),
    **dict.fromkeys(
        ("compile", "jit", "fx", "export", "_dynamo", "dynamo"),
        f"{_EAGER}: call the module itself, there is nothing to compile",
    ),
    "onnx": f"{_EAGER}: save the state in a .safetensors file and export it from PyTorch",
    "package": f"{_SAVED}: use save, or nn.save for a model with its spec",
    "hub": "no pretrained model is downloaded: load a .safetensors state with load_state_dict",
    **dict.fromkeys(
        ("distributed", "nn.parallel.DistributedDataParallel", "nn.SyncBatchNorm"),
        "machines exchange changes through Ray: use training.cluster.ClusterTrainer",
    ),
    "multiprocessing": f"{_ONE_PROCESS}: use Python's multiprocessing and Tensor.share_memory_",
    **dict.fromkeys(
        ("quantization", "ao", "nn.quantized", "nn.qat", "nn.intrinsic", "quantize_per_tensor"),
        "there are no quantized kernels: use float16 to save memory",
    ),
    **dict.fromkeys(
        ("amp", "autocast", "cuda.amp", "GradScaler"),
        "NumPy computes float16 slowly on a CPU: compute in float32, without a scaler",
    ),
    **dict.fromkeys(
        ("sparse", "sparse_coo_tensor", "sparse_csr_tensor", "sparse_coo", "sparse_csr"),
        "the only sparse tensor is RowSparse, the gradient of an embedding: use dense tensors",
    ),
    **dict.fromkeys(
        ("mps", "xpu", "mtia", "hpu", "cuda.Stream", "cuda.Event", "cuda.stream", "Stream"),
        f"{_NO_GPU}: use device 'cpu'",
    ),
    **dict.fromkeys(
        ("vmap", "func"),
        "functions are not transformed: give them a batch axis, or use autograd.functional",
    ),
    **dict.fromkeys(
        ("utils.data.DistributedSampler", "utils.data.distributed"),
        f"{_ONE_PROCESS}: use utils.data.random_split, or training.Trainer with workers",
    ),
    **dict.fromkeys(
        ("utils.data.IterDataPipe", "utils.data.MapDataPipe", "utils.data.datapipes"),
        "PyTorch has stopped developing them: use utils.data.IterableDataset or Dataset",
    ),
    "utils.tensorboard": "no log files are written: use a callback, or the package tensorboardX",
    "utils.cpp_extension": "no code is compiled: write an op with op(), kernels with Numba",
    "optim.Muon": "it is not written yet: use optim.AdamW",
    "profiler": "there is one profiler, of ops: use profile",
    "UntypedStorage": "memory belongs to NumPy arrays: use t.detach().numpy()",
}
"""For each name below the package, why it is absent and what to use instead."""


def missing_attribute(module: str, name: str) -> AttributeError:
    """Return the error for an attribute that a module of the package does not have.

    Parameters
    ----------
    module
        The module's name, such as ``"tinygrad_w2v.nn"``.
    name
        The attribute.
    """
    inside = module.partition(".")[2]
    path = f"{inside}.{name}" if inside else name
    reason = ABSENT.get(path)
    if reason is None and inside == "cuda" and name.endswith("Tensor"):
        reason = f"{_NO_GPU}: use {name}"
    if reason is None:
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    return AttributeError(f"{path} is not in tinygrad_w2v: {reason}", name=name)
