"""What programs ask of ``torch.backends``: libraries of GPUs, none of which is used."""

from tinygrad_w2v.backends import cudnn as cudnn
from tinygrad_w2v.backends import mps as mps
