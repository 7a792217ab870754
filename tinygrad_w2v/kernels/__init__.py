"""The few hot array routines. They know arrays only, no tensors."""
