"""Tables of calls that this package and PyTorch must answer alike; see test_torch_parity."""
