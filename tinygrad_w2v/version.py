"""What programs ask of ``torch.version``: there is no CUDA."""

cuda = hip = xpu = None
debug = False
