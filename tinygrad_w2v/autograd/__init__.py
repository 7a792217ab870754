"""Tools on the tape: functional derivatives, graph drawing, profiling, anomaly detection."""
