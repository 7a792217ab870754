"""Functions on parameters and gradients, under the names of ``torch.nn.utils``."""

from tinygrad_w2v.nn.utils import rnn as rnn
from tinygrad_w2v.nn.utils.clip_grad import clip_grad_norm_ as clip_grad_norm_
from tinygrad_w2v.nn.utils.clip_grad import clip_grad_rows_ as clip_grad_rows_
from tinygrad_w2v.nn.utils.clip_grad import clip_grad_value_ as clip_grad_value_
from tinygrad_w2v.nn.utils.clip_grad import clip_grads_with_norm_ as clip_grads_with_norm_
from tinygrad_w2v.nn.utils.clip_grad import get_total_norm as get_total_norm
from tinygrad_w2v.nn.utils.reparametrize import remove_spectral_norm as remove_spectral_norm
from tinygrad_w2v.nn.utils.reparametrize import remove_weight_norm as remove_weight_norm
from tinygrad_w2v.nn.utils.reparametrize import spectral_norm as spectral_norm
from tinygrad_w2v.nn.utils.reparametrize import weight_norm as weight_norm
from tinygrad_w2v.nn.utils.vectors import parameters_to_vector as parameters_to_vector
from tinygrad_w2v.nn.utils.vectors import vector_to_parameters as vector_to_parameters
